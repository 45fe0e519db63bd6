using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using LoraBridge.Tests.Goldens;
using TorchSharp.Interop;

namespace LoraBridge.Tests.Native.Binding;

/// <summary>The two sides of the C interface agree.</summary>
public sealed partial class AbiTests
{
    private static readonly string s_native = Path.Combine(GoldenFolders.Fixtures, "..", "..", "src", "LoraBridge.Native");

    [Fact]
    public void Argument_HasTheSizeAndOffsetsOfTheHeader()
    {
        Assert.Equal(TorchLibrary.ArgumentSize(), Unsafe.SizeOf<NativeArgument>());
        Assert.Equal(0, Marshal.OffsetOf<NativeArgument>(nameof(NativeArgument.Tag)));
        Assert.Equal(4, Marshal.OffsetOf<NativeArgument>(nameof(NativeArgument.Count)));
        Assert.Equal(8, Marshal.OffsetOf<NativeArgument>(nameof(NativeArgument.Integer)));
        Assert.Equal(8, Marshal.OffsetOf<NativeArgument>(nameof(NativeArgument.Real)));
        Assert.Equal(8, Marshal.OffsetOf<NativeArgument>(nameof(NativeArgument.Pointer)));
    }

    [Fact]
    public void Tags_HaveTheOrderOfTheHeader()
    {
        var header = File.ReadAllText(Path.Combine(s_native, "shim", "shim.h"));
        var names = Tags().Match(header).Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(names.Select(name => name["LB_".Length..].Replace("_", "", StringComparison.Ordinal)), Enum.GetNames<ArgumentTag>().Select(name => name.ToUpperInvariant()));
    }

    [Fact]
    public void Version_IsTheHeaders()
    {
        var header = File.ReadAllText(Path.Combine(s_native, "shim", "shim.h"));
        var managed = typeof(TorchLibrary).GetField("AbiVersion", BindingFlags.Static | BindingFlags.NonPublic)!.GetRawConstantValue();

        Assert.Equal(int.Parse(AbiVersion().Match(header).Groups[1].Value), managed);
    }

    [Fact]
    public void Entries_OfTheShim_AreAllDeclared()
    {
        var exported = Directory.GetFiles(Path.Combine(s_native, "shim"), "*.cpp").SelectMany(path => Entry().Matches(File.ReadAllText(path))).Select(match => match.Groups[1].Value);
        var declared = typeof(NativeMethods).Assembly.GetTypes().SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic)).Select(method => method.Name).Where(name => name.StartsWith("lb_", StringComparison.Ordinal));
        string[] byPointer = ["lb_abi_version", "lb_argument_size", "lb_torch_version"];

        Assert.Equal(exported.Order().Distinct(), declared.Concat(byPointer).Order().Distinct());
    }

    [Theory]
    [InlineData("/usr")]
    [InlineData("/opt/venv 3.12/lib/python3.12/site-packages/torch")]
    [InlineData("/home/ü/torch-2.14")]
    public void ShimName_IsTheOneThatTheScriptWrites(string folder)
    {
        var rule = File.ReadLines(Path.Combine(s_native, "build", "build-shim.sh")).Single(line => line.StartsWith("slug=", StringComparison.Ordinal));
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, ArgumentList = { "-c", $"torch=$1; {rule}; printf '%s' \"liblorabridge_torch.$slug.so\"", "rule", folder } };
        start.Environment["LC_ALL"] = "C.UTF-8";
        using var bash = Process.Start(start)!;

        var name = bash.StandardOutput.ReadToEnd();
        bash.WaitForExit();

        Assert.Equal(name, TorchLibrary.ShimName(folder));
    }

    [GeneratedRegex(@"enum LbTag : int32_t \{([^}]*)\}")]
    private static partial Regex Tags();

    [GeneratedRegex(@"#define LB_ABI_VERSION (\d+)")]
    private static partial Regex AbiVersion();

    [GeneratedRegex(@"LB_API [a-z0-9_ *]*?(lb_\w+)\(")]
    private static partial Regex Entry();
}
