using System.Reflection;
using System.Text.RegularExpressions;

namespace LoraBridge.Server.Status;

/// <summary>The torch this build is for, told from what the build left behind: the server's own process never loads it.</summary>
/// <param name="Supply">package (TorchSharp's), system (a libtorch of this machine), or none.</param>
/// <param name="Version">TorchSharp's version, or libtorch's; null when it cannot be told.</param>
/// <param name="Folder">The libtorch's folder, for the system supply.</param>
internal sealed partial record TorchSupply(string Supply, string? Version, string? Folder)
{
    /// <summary>Reads what the build left beside the program.</summary>
    public static TorchSupply Read() => Read(AppContext.BaseDirectory, Metadata("TorchSupply"), Metadata("TorchSharpVersion"));

    /// <summary>Reads what a build left in a folder.</summary>
    /// <param name="folder">The program's folder.</param>
    /// <param name="supply">The supply that the build chose.</param>
    /// <param name="packageVersion">TorchSharp's version, for the package supply.</param>
    public static TorchSupply Read(string folder, string? supply, string? packageVersion)
    {
        if (supply is "package" or "assembly") return new("package", packageVersion, null);

        var note = Path.Combine(folder, "torch-folder.txt");
        if (!File.Exists(note) || Directory.GetFiles(folder, "liblorabridge_torch.*.so").Length == 0) return new("none", null, null);
        var torch = Environment.GetEnvironmentVariable("LORABRIDGE_TORCH") is { Length: > 0 } given ? given : File.ReadAllText(note).Trim();
        return new("system", HeaderVersion(torch), torch);
    }

    /// <summary>One line for a person.</summary>
    public string Describe() => Supply switch
    {
        "package" => $"torch: TorchSharp {Version}",
        "system" => $"torch: libtorch {Version} in {Folder}",
        _ => "torch: none. ./lorabridge setup installs it; --torch PATH names one",
    };

    private static string? HeaderVersion(string torch)
    {
        string[] places = ["include/torch/csrc/api/include/torch/version.h", "include/torch/headeronly/version.h"];
        foreach (var header in places.Select(place => Path.Combine(torch, place)).Where(File.Exists))
        {
            var text = File.ReadAllText(header);
            // the patch number is left out: distributions forget to raise it
            if (Major().Match(text) is { Success: true } major && Minor().Match(text) is { Success: true } minor)
                return $"{major.Groups[1].Value}.{minor.Groups[1].Value}";
        }
        return null;
    }

    private static string? Metadata(string key) => typeof(TorchSupply).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(attribute => attribute.Key == key)?.Value;

    [GeneratedRegex(@"TORCH_VERSION_MAJOR (\d+)")]
    private static partial Regex Major();

    [GeneratedRegex(@"TORCH_VERSION_MINOR (\d+)")]
    private static partial Regex Minor();
}
