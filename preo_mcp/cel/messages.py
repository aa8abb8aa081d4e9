"""The context's types as protobuf messages: objects that are stored as bytes and that the engine reads unconverted."""

from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from preo_mcp.cel.context import TYPES, Field, Kind, ObjectType

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto
    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.message import Message

PACKAGE: Final = "preo"

_WRAPPERS: Final = {Kind.STRING: "StringValue", Kind.BOOL: "BoolValue", Kind.DOUBLE: "DoubleValue"}
"""What holds a plain value that can be null (google/protobuf/wrappers.proto)."""


@cache
def pool() -> "DescriptorPool":
    """Return the descriptors of all types, and of those of protobuf that they use."""
    from google.protobuf import descriptor_pb2, descriptor_pool, timestamp_pb2, wrappers_pb2

    found = descriptor_pool.DescriptorPool()
    file = descriptor_pb2.FileDescriptorProto(name="preo/context.proto", package=PACKAGE, syntax="proto3")
    for module in (timestamp_pb2, wrappers_pb2):
        found.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
        file.dependency.append(module.DESCRIPTOR.name)
    for described in TYPES.values():
        _describe(file, described)
    found.AddSerializedFile(file.SerializeToString())
    return found


@cache
def message_class(name: str) -> "type[Message]":
    """Return the class of a type's messages; its constructor takes the fields by name."""
    from google.protobuf import message_factory

    descriptor = cast("Any", pool()).FindMessageTypeByName(f"{PACKAGE}.{name}")
    return message_factory.GetMessageClass(descriptor)


def _describe(file: "FileDescriptorProto", described: ObjectType) -> None:
    message = file.message_type.add(name=described.name)
    for number, field in enumerate(described.fields, 1):
        _add_field(message, number, field)


def _add_field(message: "DescriptorProto", number: int, field: Field) -> None:
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Proto

    added = message.field.add(name=field.name, number=number)
    added.label = Proto.LABEL_REPEATED if field.is_list else Proto.LABEL_OPTIONAL
    plain = {Kind.STRING: Proto.TYPE_STRING, Kind.BOOL: Proto.TYPE_BOOL, Kind.DOUBLE: Proto.TYPE_DOUBLE}
    if field.type in plain and not field.is_nullable:
        added.type = plain[Kind(field.type)]
    else:
        added.type = Proto.TYPE_MESSAGE
        added.type_name = _message_name(field.type)


def _message_name(kind: str) -> str:
    if kind in TYPES:
        return f".{PACKAGE}.{kind}"
    return f".google.protobuf.{'Timestamp' if kind == Kind.TIMESTAMP else _WRAPPERS[Kind(kind)]}"
