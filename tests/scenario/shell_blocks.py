"""The commands in the shell blocks of a document."""

import re


def blocks(text):
    """The shell blocks, each a list of commands: comments cut off, continued lines joined."""
    return [list(commands_of(block)) for block in
            re.findall(r"^```(?:sh|bash|console)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


def commands_of(block):
    for line in block.replace("\\\n", " ").splitlines():
        command = re.sub(r"(^|\s)#.*$", "", line).strip()
        if command:
            yield re.sub(r"  +", " ", command)


def commands(text):
    return [command for block in blocks(text) for command in block]


def other_blocks(text):
    """What is fenced and says no language, where a command would be overlooked."""
    fences = re.findall(r"^```(.*)$", text, re.MULTILINE)
    return [fence for fence in fences[::2] if not fence]
