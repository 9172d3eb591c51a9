<#
What a caller may see when its thread becomes somebody else after the pipe was opened. The service
MsiWatch must be running, and this must run as an administrator. With static tracking, as the client
library asks for, a pipe is what it was opened with; with dynamic tracking, what its thread is at
each write: a request of a thread that is an administrator no longer is a standard caller's.

    tests\windows\tracking.ps1
#>
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2

Add-Type -TypeDefinition @'
using System;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

public static class Tracking {
    [DllImport("kernel32", SetLastError = true, CharSet = CharSet.Unicode)]
    static extern SafeFileHandle CreateFile(string name, uint access, uint share, IntPtr security,
                                            uint disposition, uint flags, IntPtr template);
    [DllImport("kernel32")] static extern IntPtr GetCurrentProcess();
    [DllImport("kernel32")] static extern bool CloseHandle(IntPtr handle);
    [DllImport("advapi32", SetLastError = true)]
    static extern bool OpenProcessToken(IntPtr process, uint access, out IntPtr token);
    [DllImport("advapi32", SetLastError = true)]
    static extern bool CreateRestrictedToken(IntPtr token, uint flags, uint disabled, IntPtr sids,
                                             uint deleted, IntPtr privileges, uint restricted,
                                             IntPtr restricting, out IntPtr made);
    [DllImport("advapi32", SetLastError = true)]
    static extern bool ImpersonateLoggedOnUser(IntPtr token);
    [DllImport("advapi32", SetLastError = true)] static extern bool RevertToSelf();
    [DllImport("kernel32", SetLastError = true)]
    static extern bool WriteFile(SafeFileHandle file, byte[] data, int size, out int written, IntPtr overlapped);
    [DllImport("kernel32", SetLastError = true)]
    static extern bool ReadFile(SafeFileHandle file, byte[] data, int size, out int got, IntPtr overlapped);

    const uint Identification = 0x00010000, Dynamic = 0x00040000, Present = 0x00100000;
    const uint DisableMaxPrivilege = 1, LuaToken = 4;

    static void Must(bool done) { if (!done) throw new Win32Exception(); }

    // The line that answers; no more is read than that, a byte at a time.
    static string Ask(SafeFileHandle pipe, string line) {
        byte[] data = Encoding.UTF8.GetBytes(line + "\n"), one = new byte[1];
        int count;
        Must(WriteFile(pipe, data, data.Length, out count, IntPtr.Zero));
        var answer = new StringBuilder();
        while (true) {
            Must(ReadFile(pipe, one, 1, out count, IntPtr.Zero));
            if (count == 0 || one[0] == '\n') return answer.ToString();
            answer.Append((char)one[0]);
        }
    }

    // What the line is answered by this administrator, and then by the same thread as a user.
    public static string[] AskTwice(string pipe, bool dynamic, string line) {
        IntPtr own, user;
        Must(OpenProcessToken(GetCurrentProcess(), 0x000F01FF, out own));
        Must(CreateRestrictedToken(own, DisableMaxPrivilege | LuaToken, 0, IntPtr.Zero, 0,
                                   IntPtr.Zero, 0, IntPtr.Zero, out user));
        uint tracking = Present | Identification | (dynamic ? Dynamic : 0);
        using (SafeFileHandle handle = CreateFile(pipe, 0x0012019B, 0, IntPtr.Zero, 3, tracking, IntPtr.Zero)) {
            if (handle.IsInvalid) throw new Win32Exception();
            string first = Ask(handle, line), second;
            Must(ImpersonateLoggedOnUser(user));
            try { second = Ask(handle, line); } finally { Must(RevertToSelf()); }
            CloseHandle(user);
            CloseHandle(own);
            return new[] { first, second };
        }
    }
}
'@

# Lifting a hold that is not there changes nothing, and is for administrators.
$request = '{"jsonrpc":"2.0","id":1,"method":"hold","params":{"lift":true}}'
foreach ($case in @{ Dynamic = $false; Second = 'result' }, @{ Dynamic = $true; Second = 'error' }) {
    $name = if ($case.Dynamic) { 'dynamic tracking' } else { 'static tracking' }
    $answers = [Tracking]::AskTwice('\\.\pipe\ProtectedPrefix\Administrators\msiwatch', $case.Dynamic, $request)
    $first, $second = $answers | ForEach-Object { ConvertFrom-Json $_ }
    if ($null -eq $first.PSObject.Properties['result']) { throw "${name}: an administrator is answered $($answers[0])" }
    if ($null -eq $second.PSObject.Properties[$case.Second]) { throw "${name}: as a user it is answered $($answers[1])" }
    if ($case.Dynamic -and $second.error.code -ne -32003) { throw "${name}: $($answers[1])" }
    Write-Output "${name}: as an administrator a result, then as a user $($case.Second)"
}
