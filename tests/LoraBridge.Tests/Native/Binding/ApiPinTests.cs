using System.Runtime.Loader;
using TorchSharp;

namespace LoraBridge.Tests.Native.Binding;

/// <summary>
/// The binding publishes nothing that TorchSharp 0.107 has not, with the same names, types and defaults.
/// To write the list anew: <c>LORABRIDGE_TORCHSHARP=/path/to/TorchSharp.dll dotnet test tests/LoraBridge.Tests
/// --filter ApiPin</c> keeps of our members those that the given assembly has too, and asks for a look at the difference.
/// </summary>
public sealed class ApiPinTests
{
    [Fact]
    public void EveryPublishedMember_IsListed()
    {
        var ours = ApiSurface.Of(typeof(torch).Assembly, inherited: false).ToHashSet();
        if (Environment.GetEnvironmentVariable("LORABRIDGE_TORCHSHARP") is { Length: > 0 } reference) Write(ours, reference);

        var listed = Native.ApiPinTests.Listed().ToHashSet();
        var more = ours.Where(line => !listed.Contains(line)).Order(StringComparer.Ordinal).ToArray();
        Assert.True(more.Length == 0, "not in TorchSharp 0.107:\n" + string.Join("\n", more));
    }

    [Fact]
    public void EveryListedMember_IsPublished()
    {
        var ours = ApiSurface.Of(typeof(torch).Assembly, inherited: false).ToHashSet();

        Assert.Empty(Native.ApiPinTests.Listed().Except(ours));
    }

    private static void Write(HashSet<string> ours, string reference)
    {
        var context = new AssemblyLoadContext("reference", isCollectible: true);
        context.Resolving += (_, name) =>
            Path.Combine(Path.GetDirectoryName(reference)!, name.Name + ".dll") is var beside && File.Exists(beside) ? context.LoadFromAssemblyPath(beside) : null;
        var theirs = ApiSurface.Of(context.LoadFromAssemblyPath(reference), inherited: true).ToHashSet();

        Directory.CreateDirectory(Path.GetDirectoryName(Native.ApiPinTests.ListPath)!);
        File.WriteAllLines(Native.ApiPinTests.ListPath,
        [
            "# TorchSharp 0.107: the members that LoraBridge may use, with their signatures. Written by Binding/ApiPinTests; see there.",
            .. ours.Where(theirs.Contains).Order(StringComparer.Ordinal),
        ]);
        Assert.Fail($"{Native.ApiPinTests.ListPath} was written anew: review the difference, then run without LORABRIDGE_TORCHSHARP. Not in {reference}: {string.Join("; ", ours.Where(line => !theirs.Contains(line)).Order(StringComparer.Ordinal))}");
    }
}
