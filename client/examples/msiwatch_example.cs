// C#, with msiwatch.dll: prints the state, waits until no installation is running, then prints every change.
using System; using System.Runtime.InteropServices;
[StructLayout(LayoutKind.Sequential)] struct Options { public uint size, flags; public string pipe; public ulong timeout; }
[StructLayout(LayoutKind.Sequential, Size = 1112)] struct Status { public uint size, state; public ulong seq; }
[StructLayout(LayoutKind.Sequential)] struct Place { public uint size, reset; public ulong number; [MarshalAs(UnmanagedType.ByValTStr, SizeConst = 40)] public string journal; }
[StructLayout(LayoutKind.Sequential)] struct Event { public uint size, kind; public ulong seq; public long at; public uint from, to, reasons, afterKnown; public ulong after, first; [MarshalAs(UnmanagedType.ByValTStr, SizeConst = 40)] public string journal; }
static class Example {
    [DllImport("msiwatch")] static extern uint msiwatch_open(ref Options options, out IntPtr handle);
    [DllImport("msiwatch")] static extern uint msiwatch_get_status(IntPtr handle, ulong ms, ref Status status);
    [DllImport("msiwatch")] static extern uint msiwatch_wait(IntPtr handle, uint wanted, ulong settle, ulong ms, IntPtr status, IntPtr waited);
    [DllImport("msiwatch")] static extern uint msiwatch_subscribe(IntPtr handle, string journal, ulong after, ulong ms, ref Place place, ref Status status);
    [DllImport("msiwatch")] static extern uint msiwatch_next(IntPtr handle, ulong ms, ref Event told);
    [DllImport("msiwatch")] static extern uint msiwatch_reconnect(IntPtr handle, ulong ms);
    static int Main(string[] args) {
        var names = new[] { "unknown", "idle", "busy" }; var options = new Options { size = 24, pipe = args.Length > 0 ? args[0] : null };
        var status = new Status { size = 1112 }; var place = new Place { size = 56 }; var told = new Event { size = 96, seq = ulong.MaxValue };
        IntPtr handle; uint code = msiwatch_open(ref options, out handle);
        if (code == 0 && (code = msiwatch_get_status(handle, 10000, ref status)) == 0) Console.WriteLine("now " + names[status.state]);
        if (code == 0) code = msiwatch_wait(handle, 1, 0, 600000, IntPtr.Zero, IntPtr.Zero);
        while (code == 0) { // after a restart of the service, continue from the last event seen
            code = msiwatch_subscribe(handle, place.journal, told.seq, 10000, ref place, ref status);
            if (told.seq == ulong.MaxValue) told.seq = status.seq;
            while (code == 0 && (code = msiwatch_next(handle, ulong.MaxValue, ref told)) == 0)
                if (told.kind == 1) Console.WriteLine(names[told.from] + " to " + names[told.to]);
                else if (told.kind == 4) place.journal = told.journal;
            if (code == 109) code = msiwatch_reconnect(handle, ulong.MaxValue);
        }
        return (int)code;
    }
}
