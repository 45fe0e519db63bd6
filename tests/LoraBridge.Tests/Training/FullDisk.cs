using System.ComponentModel;
using System.Runtime.InteropServices;

namespace LoraBridge.Tests.Training;

/// <summary>
/// While it lasts no file of this process can grow beyond a size: the system refuses to write on, as it does where a disk is full, to root
/// too. For tests that nothing runs beside.
/// </summary>
internal sealed partial class FullDisk : IDisposable
{
    private const int FileSize = 1, TooLargeSignal = 25, Ignore = 1, Default = 0;

    private readonly Limit _before;
    private readonly nint _signal;

    /// <param name="bytes">The size; files that are larger already can be read and written within it.</param>
    public FullDisk(long bytes)
    {
        // else the first refused write would end the process
        _signal = Signal(TooLargeSignal, Ignore);
        Check(GetLimit(FileSize, out _before));
        Check(SetLimit(FileSize, _before with { Current = (nuint)bytes }));
    }

    public void Dispose()
    {
        Check(SetLimit(FileSize, _before));
        Signal(TooLargeSignal, _signal is -1 ? Default : _signal);
    }

    private static void Check(int result)
    {
        if (result != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc.so.6", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc.so.6", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, in Limit limit);

    [LibraryImport("libc.so.6", EntryPoint = "signal")]
    private static partial nint Signal(int number, nint handler);

    [StructLayout(LayoutKind.Sequential)]
    private record struct Limit(nuint Current, nuint Most);
}
