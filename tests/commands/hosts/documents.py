"""Invented documents of JSON with comments, and what hosts really have in their files."""

import json

from hypothesis import strategies as st

END = st.sampled_from(["\n", "\r\n"])
COMMENT = st.sampled_from(['// c, } "', "/* { , */", "/* two\n lines */", "//", "/***/"])
KEYS = st.one_of(st.sampled_from(["mcpServers", "preo", "a", "//", "é"]), st.text(max_size=4))


@st.composite
def gaps(draw: st.DrawFn, end: str) -> str:
    """White space and comments, as they may stand between any two signs."""
    parts: list[str] = []
    for _ in range(draw(st.integers(0, 2))):
        comment = draw(COMMENT)
        parts.append(comment.replace("\n", end) + (end if comment.startswith("//") else ""))
        parts.append(draw(st.sampled_from(["", " ", "\t", end, end + "  "])))
    return draw(st.sampled_from(["", " ", end + "\t", end + "    "])) + "".join(parts)


@st.composite
def values(draw: st.DrawFn, end: str, depth: int = 3, *, is_object: bool = False) -> str:
    """A value in any layout; an object has each key once, and the servers, where it has any, are an object."""
    gap = gaps(end)
    kind = "object" if is_object else draw(st.sampled_from(["scalar", "list", "object"] if depth else ["scalar"]))
    if kind == "scalar":
        return draw(st.sampled_from(["null", "true", "-1.5e+3", "0", '"\\u00e9 // \\" }"', '""', '"ø"']))
    if kind == "list":
        items = [draw(gap) + draw(values(end, depth - 1)) + draw(gap) for _ in range(draw(st.integers(0, 2)))]
        return "[" + ",".join(items) + ("," if items and draw(st.booleans()) else "") + draw(gap) + "]"
    members: list[str] = []
    for key in draw(st.lists(KEYS, max_size=3, unique=True)):
        servers = key == "mcpServers"
        value = "null" if servers and draw(st.integers(0, 5)) == 0 else draw(values(end, depth - 1, is_object=servers))
        written = json.dumps(key, ensure_ascii=draw(st.booleans()))
        members.append(f"{draw(gap)}{written}{draw(gap)}:{draw(gap)}{value}{draw(gap)}")
    return "{" + ",".join(members) + ("," if members and draw(st.booleans()) else "") + draw(gap) + "}"


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A whole document, now and then with a byte order mark or with comments alone."""
    end = draw(END)
    whole = draw(st.one_of(values(end, is_object=True), st.just("")))
    return draw(st.sampled_from(["", "\ufeff"])) + draw(gaps(end)) + whole + draw(gaps(end))


OTHERS = {
    "claude-desktop": """{
  "globalShortcut": "Ctrl+Space",
  "mcpServers": {
    "filesystem": {
      "command": "npx",
      "args": ["-y", "@modelcontextprotocol/server-filesystem", "C:\\\\Users\\\\Kirsten Holm\\\\Desktop"]
    }
  },
  "preferences": { "menuBarEnabled": false }
}
""",
    "claude-code": json.dumps(
        {
            "numStartups": 41,
            "projects": {f"/p/{n}": {"history": ["x" * 50] * 5, "mcpServers": {}} for n in range(200)},
            "mcpServers": {"docs": {"type": "http", "url": "https://example.org/mcp"}},
            "oauthAccount": {"emailAddress": "kirsten@example.org"},
        },
        indent=2,
    ),
    "cursor": '{\r\n\t"mcpServers": {\r\n\t\t// ours\r\n\t\t"db": {"command": "db", "args": [],},// x\r\n\t},\r\n}\r\n',
    "vscode": """// servers of this profile
{
\t"inputs": [
\t\t{ "id": "key", "type": "promptString", "password": true },
\t],
\t"servers": {
\t\t/* the tracker */
\t\t"tracker": { "type": "http", "url": "https://example.org/mcp", "headers": { "X-Key": "${input:key}" } },
\t},
}
""",
    "goose": """# my settings
GOOSE_PROVIDER: anthropic   # or openai
extensions:
  # built in
  developer:
    enabled: true
    type: builtin
    timeout: 300

  memory:   # remembers
    enabled: false
    type: builtin
# last
GOOSE_MODEL: 'claude-sonnet'
""",
    "zed": """// Zed settings
//
// see docs
{
  "theme": { "mode": "system", "light": "One Light" },
  "context_servers": {
    "some": { "source": "extension", "enabled": true, "settings": {}, },
  },
  "vim_mode": true, // yes
}
""",
    "windsurf": '{"mcpServers":{"git":{"command":"git-mcp","disabled":true}}}',
}
"""By host, what its file may hold before this server is added."""
