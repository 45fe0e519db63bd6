using System.Runtime.InteropServices;
using LoraBridge.Torch;

namespace TorchSharp.Interop;

/// <summary>Finds and loads the shim that was built for the torch at hand.</summary>
internal static class TorchLibrary
{
    internal const string Name = "lorabridge_torch";
    private const int AbiVersion = 1;

    private static nint s_library;

    /// <summary>The torch folder: LORABRIDGE_TORCH, else the one that the build found.</summary>
    internal static string? TorchFolder
    {
        get
        {
            if (Environment.GetEnvironmentVariable("LORABRIDGE_TORCH") is { Length: > 0 } named) return Path.GetFullPath(named);
            var found = Path.Combine(AppContext.BaseDirectory, "torch-folder.txt");
            return File.Exists(found) ? File.ReadAllText(found).Trim() : null;
        }
    }

    /// <summary>The shim's file name for a torch folder; build-shim.sh has the same rule.</summary>
    internal static string ShimName(string torchFolder) =>
        "liblorabridge_torch." + string.Concat(torchFolder.TrimStart('/').Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_')) + ".so";

    /// <summary>Loads the shim once.</summary>
    /// <exception cref="TorchUnavailableException">There is none, or it does not load; the message names the cures.</exception>
    internal static void Load()
    {
        if (s_library != 0) return;
        var folder = TorchFolder ?? throw new TorchUnavailableException("No libtorch was found when LoraBridge was built.");
        var path = Path.Combine(AppContext.BaseDirectory, ShimName(folder));
        if (!File.Exists(path)) throw new TorchUnavailableException($"There is no bridge for the torch in '{folder}' ({path} is missing).");
        if (!NativeLibrary.TryLoad(path, out s_library))
        {
            try
            {
                NativeLibrary.Load(path);
            }
            catch (DllNotFoundException e)
            {
                throw new TorchUnavailableException($"The torch in '{folder}' cannot be loaded: {e.Message}", e);
            }
        }
        NativeLibrary.SetDllImportResolver(typeof(TorchLibrary).Assembly, (name, _, _) => name == Name ? s_library : 0);
        var abi = NativeAbiVersion();
        if (abi != AbiVersion) throw new TorchUnavailableException($"{path} has interface {abi}, this program needs {AbiVersion}.");
    }

    private static unsafe int NativeAbiVersion() => ((delegate* unmanaged[Cdecl]<int>)NativeLibrary.GetExport(s_library, "lb_abi_version"))();

    /// <summary>The version of the libtorch that the shim was compiled against, e.g. "1.13.1".</summary>
    internal static unsafe string TorchVersion()
    {
        Load();
        return Marshal.PtrToStringUTF8((nint)((delegate* unmanaged[Cdecl]<byte*>)NativeLibrary.GetExport(s_library, "lb_torch_version"))())!;
    }

    /// <summary>sizeof(LbArgument) as the C++ compiler sees it.</summary>
    internal static unsafe int ArgumentSize()
    {
        Load();
        return ((delegate* unmanaged[Cdecl]<int>)NativeLibrary.GetExport(s_library, "lb_argument_size"))();
    }
}
