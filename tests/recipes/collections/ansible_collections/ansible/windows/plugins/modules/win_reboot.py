#!/usr/bin/python3
"""Stands in for ansible.windows.win_reboot: says that it would."""
from ansible.module_utils.basic import AnsibleModule

AnsibleModule({}).exit_json(changed=True, rebooted=True)
