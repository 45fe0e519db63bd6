using LoraBridge.Tests.Goldens;
using TorchSharp;

namespace LoraBridge.Tests.Native;

/// <summary>
/// The members of TorchSharp 0.107 that LoraBridge may use, as the fixture lists them, are those of the torch at hand.
/// </summary>
public sealed class ApiPinTests
{
    /// <summary>The list; <c>Binding/ApiPinTests</c> writes it anew.</summary>
    internal static readonly string ListPath = Path.Combine(GoldenFolders.Fixtures, "torchsharp", "api-0.107.txt");

    [Fact]
    public void EveryListedMember_IsThere()
    {
        var surface = ApiSurface.Of(typeof(torch).Assembly, inherited: true).ToHashSet();

        Assert.Empty(Listed().Except(surface));
    }

    internal static IEnumerable<string> Listed() => File.ReadLines(ListPath).Where(line => line.Length > 0 && line[0] != '#');
}
