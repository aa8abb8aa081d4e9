"""The context's types as protobuf messages: objects that are stored as bytes and that the engine reads unconverted."""

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from preo_mcp.cel.context import KNOWN, Field, Kind, ObjectType

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto
    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.message import Message

PACKAGE: Final = "preo"

_HOLDERS: Final = {
    Kind.STRING: "StringValue",
    Kind.BOOL: "BoolValue",
    Kind.DOUBLE: "DoubleValue",
    Kind.INT: "Int64Value",
    Kind.TIMESTAMP: "Timestamp",
    Kind.ANY: "Value",
}
"""What holds a value that can be null, or that is not plain (google/protobuf/wrappers.proto and its neighbours)."""

MOST_CONTEXTS: Final = 8
"""Contexts whose descriptors, or environments, are kept."""


@lru_cache(maxsize=MOST_CONTEXTS)
def pool(types: tuple[ObjectType, ...]) -> "DescriptorPool":
    """Return the descriptors of all types, and of those of protobuf that they use.

    Messages and the environment that reads them have to be of one pool: then nothing is converted.
    """
    from google.protobuf import descriptor_pb2, descriptor_pool, struct_pb2, timestamp_pb2, wrappers_pb2

    found = descriptor_pool.DescriptorPool()
    file = descriptor_pb2.FileDescriptorProto(name="preo/context.proto", package=PACKAGE, syntax="proto3")
    for module in (timestamp_pb2, wrappers_pb2, struct_pb2):
        found.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
        file.dependency.append(module.DESCRIPTOR.name)
    names = {one.name for one in types}
    for described in types:
        _describe(file, described, names)
    found.AddSerializedFile(file.SerializeToString())
    return found


@cache
def message_class(name: str) -> "type[Message]":
    """Return the class of a type's messages; its constructor takes the fields by name."""
    from google.protobuf import message_factory

    descriptor = cast("Any", pool(KNOWN.types)).FindMessageTypeByName(f"{PACKAGE}.{name}")
    return message_factory.GetMessageClass(descriptor)


def _describe(file: "FileDescriptorProto", described: ObjectType, names: set[str]) -> None:
    message = file.message_type.add(name=described.name)
    for number, field in enumerate(described.fields, 1):
        _add_field(message, number, field, names)


def _add_field(message: "DescriptorProto", number: int, field: Field, names: set[str]) -> None:
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Proto

    added = message.field.add(name=field.name, number=number)
    added.label = Proto.LABEL_REPEATED if field.is_list else Proto.LABEL_OPTIONAL
    plain = {
        Kind.STRING: Proto.TYPE_STRING,
        Kind.BOOL: Proto.TYPE_BOOL,
        Kind.DOUBLE: Proto.TYPE_DOUBLE,
        Kind.INT: Proto.TYPE_INT64,
    }
    if field.type in plain and not field.is_nullable:
        added.type = plain[Kind(field.type)]
    else:
        added.type = Proto.TYPE_MESSAGE
        holder = f"google.protobuf.{_HOLDERS.get(Kind(field.type), '')}" if field.type not in names else ""
        added.type_name = f".{holder or f'{PACKAGE}.{field.type}'}"
