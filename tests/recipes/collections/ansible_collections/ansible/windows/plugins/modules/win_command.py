#!/usr/bin/python3
"""Stands in for ansible.windows.win_command, which is PowerShell and runs on Windows: starts `cmd` and
reports what the real one does. Of an exit code Unix has eight bits: 82 is taken
for 1618, and 194 for 3010.
"""
import shlex
import subprocess

from ansible.module_utils.basic import AnsibleModule

WIDE = {1618 % 256: 1618, 3010 % 256: 3010}


def main():
    module = AnsibleModule({"cmd": {"type": "str", "required": True}})
    done = subprocess.run(shlex.split(module.params["cmd"]), capture_output=True, text=True, check=False)
    code = WIDE.get(done.returncode, done.returncode)
    result = {"changed": True, "rc": code, "stdout": done.stdout, "stderr": done.stderr}
    if code != 0:
        module.fail_json(msg="non-zero return code", **result)
    module.exit_json(**result)


main()
