using System.Reflection;
using System.Text.RegularExpressions;
using LoraBridge.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraBridge.Tests.House;

/// <summary>Rules for tensor code that hold on either supply of torch; each is there because breaking it costs dearly on one.</summary>
public sealed partial class TensorRuleTests
{
    private const string Models = "src/LoraBridge", Server = "src/LoraBridge.Server", Binding = "src/LoraBridge.Native", Tests = "tests/LoraBridge.Tests";

    /// <summary>What may not be written, where, and why.</summary>
    private sealed record Rule(string Pattern, string[] Folders, string[] Except, string Why);

    private static readonly Dictionary<string, Rule> s_rules = new()
    {
        ["matmul"] = new(@"\bmatmul\s*\(", [Models, Server, Tests], [], "an error in it ends the process on TorchSharp's package: bmm, mm, baddbmm or linear"),
        ["grad"] = new(@"\bautograd\s*\.\s*grad\s*\(", [Models, Server, Tests], [], "an error in it ends the process on TorchSharp's package: backward"),
        ["functions"] = new(@"\b(Multi|Single)TensorFunction\b", [Models, Server, Binding, Tests], [Binding + "/Extras/"], "an exception in its backward ends the process: TorchExtras.Checkpoint"),
        ["collect"] = new(@"\bGC\s*\.\s*Collect\b", [Models, Server, Binding], [], "tensors belong to scopes; the collector knows nothing of their size"),
        ["item"] = new(@"\bitem\s*<", [Models, Server, Tests], [Tests + "/Native/"], "it demands the exact element type: ToSingle or ToDouble"),
        ["zero"] = new(@"\.\s*(sum|prod)\s*\(\s*0\s*\)", [Models, Server, Tests], [], "a literal 0 is taken for an element type: sum(0L) or sum([0])"),
    };

    public static TheoryData<string> Rules => [.. s_rules.Keys];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Rule_IsKeptEverywhere(string name)
    {
        var rule = s_rules[name];
        var broken =
            from folder in rule.Folders
            from file in SourceFiles.Below(folder)
            where !rule.Except.Any(part => file.Path.StartsWith(part, StringComparison.Ordinal))
            from match in Regex.Matches(file.Code, rule.Pattern)
            select $"{file.Path}:{LineOf(file.Code, match.Index)}";

        Assert.True(!broken.Any(), $"{rule.Why}\n{string.Join("\n", broken)}");
    }

    [Fact]
    public void Scope_IsNeverHeldAcrossAnAwait()
    {
        var broken =
            from folder in new[] { Models, Server }
            from file in SourceFiles.Below(folder)
            from match in ThreadBound().Matches(file.Code)
            where RestOfBlock(file.Code, match.Index).Contains("await ", StringComparison.Ordinal)
            select $"{file.Path}:{LineOf(file.Code, match.Index)}";

        Assert.True(!broken.Any(), $"scopes and modes belong to a thread, and await may change it:\n{string.Join("\n", broken)}");
    }

    [Fact]
    public void TensorField_OfAModule_IsABuffer()
    {
        // RegisterComponents makes a buffer, and so a checkpoint key, of every field that is a plain tensor
        string[] buffers = [];
        var fields =
            from type in typeof(CheckpointFile).Assembly.GetTypes()
            where type.IsSubclassOf(typeof(nn.Module))
            from field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            where typeof(Tensor).IsAssignableFrom(field.FieldType) && field.FieldType != typeof(Parameter)
            select $"{type.Name}.{field.Name}";

        Assert.Equal(buffers, fields.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("var a = x.matmul(y);", true)]
    [InlineData("// x.matmul(y)", false)]
    [InlineData("/* x\n.matmul(y) */", false)]
    [InlineData("var a = \"x.matmul(y)\";", false)]
    [InlineData("var a = '\"'; x.matmul(y);", true)]
    [InlineData("var a = \"\"\"\nx.matmul(y) \"quoted\"\n\"\"\";", false)]
    public void Code_IsWhatTheRulesRead(string source, bool found) =>
        Assert.Equal(found, Regex.IsMatch(SourceFiles.CodeOf(source), s_rules["matmul"].Pattern));

    [Theory]
    [InlineData("async Task M() { using var scope = NewDisposeScope(); await x; }", true)]
    [InlineData("async Task M() { using (no_grad()) { x(); } await y; }", false)]
    [InlineData("async Task M() { { using var scope = NewDisposeScope(); } await y; }", false)]
    [InlineData("async Task M() { using (no_grad()) { await y; } }", true)]
    public void Await_IsFoundInTheRestOfTheBlock(string code, bool found) =>
        Assert.Equal(found, RestOfBlock(code, ThreadBound().Match(code).Index).Contains("await ", StringComparison.Ordinal));

    private static int LineOf(string code, int index) => code.AsSpan(0, index).Count('\n') + 1;

    // Up to the brace that ends the block in which the scope is opened, or the block that follows `using (…)`.
    private static string RestOfBlock(string code, int start)
    {
        var depth = 0;
        var header = code.AsSpan(0, start).TrimEnd().EndsWith("using (", StringComparison.Ordinal) || code.AsSpan(0, start).TrimEnd().EndsWith("using(", StringComparison.Ordinal);
        for (var i = start; i < code.Length; i++)
        {
            if (code[i] == '{') depth++;
            if (code[i] != '}') continue;
            depth--;
            if (depth < 0 || (header && depth == 0)) return code[start..i];
        }
        return code[start..];
    }

    [GeneratedRegex(@"\b(NewDisposeScope|no_grad|enable_grad|set_grad_enabled|inference_mode)\s*\(")]
    private static partial Regex ThreadBound();
}
