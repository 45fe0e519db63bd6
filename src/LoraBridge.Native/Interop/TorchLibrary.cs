using System.Runtime.InteropServices;
using System.Text;
using LoraBridge.Torch;

namespace TorchSharp.Interop;

/// <summary>Finds and loads the shim that was built for the torch at hand.</summary>
internal static partial class TorchLibrary
{
    internal const string Name = "lorabridge_torch";
    private const int AbiVersion = 2;

    private static readonly Lazy<nint> s_library = new(Open);

    /// <summary>The torch folder: LORABRIDGE_TORCH, else the one that the build found.</summary>
    internal static string? TorchFolder
    {
        get
        {
            if (Environment.GetEnvironmentVariable("LORABRIDGE_TORCH") is { Length: > 0 } named) return Path.TrimEndingDirectorySeparator(Path.GetFullPath(named));
            var found = Path.Combine(AppContext.BaseDirectory, "torch-folder.txt");
            return File.Exists(found) ? File.ReadAllText(found).Trim() : null;
        }
    }

    /// <summary>The shim's file name for a torch folder; build-shim.sh has the same rule.</summary>
    internal static string ShimName(string torchFolder) =>
        "liblorabridge_torch." + string.Concat(Encoding.UTF8.GetBytes(torchFolder.TrimStart('/')).Select(b => char.IsAsciiLetterOrDigit((char)b) ? (char)b : '_')) + ".so";

    /// <summary>Loads the shim, once for all threads.</summary>
    /// <exception cref="TorchUnavailableException">There is none, or it does not load; the message names the cures.</exception>
    internal static void Load() => _ = s_library.Value;

    private static unsafe nint Open()
    {
        var folder = TorchFolder ?? throw new TorchUnavailableException("No libtorch was found when LoraBridge was built.");
        var path = Path.Combine(AppContext.BaseDirectory, ShimName(folder));
        if (!File.Exists(path)) throw new TorchUnavailableException($"There is no bridge for the torch in '{folder}' ({path} is missing).");
        LetWaitingThreadsSleep();
        nint library;
        try
        {
            library = NativeLibrary.Load(path);
        }
        catch (DllNotFoundException e)
        {
            throw new TorchUnavailableException($"The torch in '{folder}' cannot be loaded: {e.Message}", e);
        }
        var abi = NativeAbiVersion(library);
        if (abi != AbiVersion) throw new TorchUnavailableException($"{path} has interface {abi}, this program needs {AbiVersion}.");
        NativeLibrary.SetDllImportResolver(typeof(TorchLibrary).Assembly, (name, _, _) => name == Name ? library : 0);
        ((delegate* unmanaged[Cdecl]<void>)NativeLibrary.GetExport(library, "lb_keep_memory"))();
        return library;
    }

    // Threads of OpenMP turn in circles while they wait for the next loop, 300,000 rounds unless told otherwise, and OpenBLAS, which has threads of
    // its own, finds no free core meanwhile: a training step took 26.6 s so and 15.6 s with 10,000 rounds. Nor does a server beside it: a step of
    // the tiny model took 206 ms with 10,000 rounds and 121 ms with none, and 1.45 and 1.17 times as long with 200 clients (two cores). Read when
    // libgomp is loaded, so never later.
    private static void LetWaitingThreadsSleep()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is { Length: > 0 }) return;
        _ = SetEnvironment("GOMP_SPINCOUNT", "0", overwrite: 0);
    }

    // .NET's own call changes only what .NET sees
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    private static unsafe int NativeAbiVersion(nint library) => ((delegate* unmanaged[Cdecl]<int>)NativeLibrary.GetExport(library, "lb_abi_version"))();

    /// <summary>The version of the libtorch that the shim was compiled against, e.g. "1.13.1".</summary>
    internal static unsafe string TorchVersion() =>
        Marshal.PtrToStringUTF8((nint)((delegate* unmanaged[Cdecl]<byte*>)NativeLibrary.GetExport(s_library.Value, "lb_torch_version"))())!;

    /// <summary>sizeof(LbArgument) as the C++ compiler sees it.</summary>
    internal static unsafe int ArgumentSize() =>
        ((delegate* unmanaged[Cdecl]<int>)NativeLibrary.GetExport(s_library.Value, "lb_argument_size"))();
}
