using System.Text.RegularExpressions;

namespace LoraBridge.Tests.House;

/// <summary>A room of the library uses only what stands to its right: Training, Generation, Lora, Diffusion, then Checkpoints and Imaging, then Files.</summary>
public sealed partial class RoomArrowTests
{
    private static readonly string[][] s_order = [["Training"], ["Generation"], ["Lora"], ["Diffusion"], ["Checkpoints", "Imaging"], ["Files"]];

    [Fact]
    public void Rooms_AreThoseThatTheOrderNames()
    {
        var rooms = SourceFiles.Below("src/LoraBridge").Select(file => file.Path.Split('/')[2]).Where(name => !name.EndsWith(".cs", StringComparison.Ordinal)).Distinct();

        Assert.Empty(rooms.Except(s_order.SelectMany(rank => rank)));
    }

    [Fact]
    public void Arrows_PointToTheRight()
    {
        var wrong =
            from file in SourceFiles.Below("src/LoraBridge")
            let room = file.Path.Split('/')[2]
            where Rank(room) >= 0
            from match in Reference().Matches(file.Code)
            let other = match.Groups[1].Value
            where other != room && Rank(other) >= 0 && Rank(other) <= Rank(room)
            select $"{file.Path} uses {other}";

        Assert.Empty(wrong.Distinct());
    }

    [Fact]
    public void Library_KnowsNoServer() =>
        Assert.Empty(SourceFiles.Below("src/LoraBridge").Where(file => file.Code.Contains("LoraBridge.Server", StringComparison.Ordinal) || file.Code.Contains("AspNetCore", StringComparison.Ordinal)).Select(file => file.Path));

    private static int Rank(string room) => Array.FindIndex(s_order, rank => rank.Contains(room));

    // a using directive or a full name; a name that only begins with the room's namespace counts too
    [GeneratedRegex(@"\bLoraBridge\s*\.\s*(\w+)")]
    private static partial Regex Reference();
}
