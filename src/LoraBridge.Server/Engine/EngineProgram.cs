using System.Diagnostics;
using System.Text;

namespace LoraBridge.Server.Engine;

/// <summary>How this program is called once more, as an engine.</summary>
internal static class EngineProgram
{
    /// <summary>What to start: the same program, by the same .NET.</summary>
    public static ProcessStartInfo Start(EngineSettings settings, string socket)
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, "LoraBridge.Server.dll");
        var host = Environment.ProcessPath!;
        var isDotnet = string.Equals(Path.GetFileNameWithoutExtension(host), "dotnet", StringComparison.OrdinalIgnoreCase);
        var start = new ProcessStartInfo(isDotnet ? host : Path.ChangeExtension(assembly, null))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        if (isDotnet) start.ArgumentList.Add(assembly);
        foreach (var word in (string[])["engine", "--socket", socket]) start.ArgumentList.Add(word);
        if (settings.Torch is { } torch) start.Environment["LORABRIDGE_TORCH"] = torch;
        foreach (var (name, value) in settings.Variables) start.Environment[name] = value;
        return start;
    }
}
