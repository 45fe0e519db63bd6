using System.Security.Cryptography;
using LoraBridge.Imaging;
using LoraBridge.Server.Sdapi.Drawing;

namespace LoraBridge.Server.Sdapi.Scripts;

/// <summary>Draws a prompt with every combination of the parts that follow its first one, all with one seed.</summary>
internal sealed class PromptMatrixScript() : SelectableScript("Prompt matrix")
{
    private const int MostParts = 8;

    public override IReadOnlyList<ScriptArgument> Arguments { get; } =
    [
        new("Put variable parts at start of prompt", false),
        new("Use different seed for each picture", false),
        new("Select prompt", "positive") { Choices = ["positive", "negative"] },
        new("Select joining char", "comma") { Choices = ["comma", "space"] },
        new("Grid margins (px)", 0L) { Minimum = 0, Maximum = 500, Step = 2 },
    ];

    public override async Task<JobResult> RunAsync(PictureJob job, ScriptValues arguments, DrawPart draw)
    {
        var field = arguments.Choice(2) == 1 ? "negative_prompt" : "prompt";
        var (atStart, differs, join) = (arguments.Flag(0), arguments.Flag(1), arguments.Choice(3) == 1 ? " " : ", ");
        var parts = job.Fields.Text(field).Split('|', StringSplitOptions.TrimEntries);
        if (parts.Length > MostParts + 1) throw new Errors.SdapiException(422, $"Prompt matrix: {parts.Length - 1} parts have {1L << Math.Min(parts.Length - 1, 62)} combinations. Give up to {MostParts}");
        var seed = job.Fields.Integer("seed") is -1 ? RandomNumberGenerator.GetInt32(int.MaxValue) : job.Fields.Integer("seed");

        var cells = new List<JobResult>();
        var count = 1 << (parts.Length - 1);
        for (var i = 0; i < count; i++)
        {
            var chosen = parts.Skip(1).Where((_, part) => (i & (1 << part)) != 0);
            var prompt = string.Join(join, atStart ? chosen.Append(parts[0]) : chosen.Prepend(parts[0]));
            cells.Add(await draw(job.With((field, prompt), ("seed", differs ? seed + i : seed)), i, count).ConfigureAwait(false));
        }
        return Result(cells, parts, (int)Math.Clamp(arguments.Integer(4), 0, 500));
    }

    // half of the parts tell columns apart, the others rows
    private static JobResult Result(List<JobResult> cells, string[] parts, int margin)
    {
        var pictures = cells.SelectMany(cell => cell.Drawn.Images).ToList();
        if (pictures.Count == 0) return cells[0];
        var across = (parts.Length - 1 + 1) / 2;
        string[] variable = parts[1..];
        var sheet = new LabelledGrid(Titles(variable[..across]), Titles(variable[across..])) { Margin = margin };
        var grid = sheet.Draw([.. cells.Select(cell => cell.Drawn.Images.Count == 0 ? null : PictureFile.Read(cell.Drawn.Images[0].Png))], "");
        return cells[0] with
        {
            Drawn = cells[0].Drawn with { Images = pictures },
            Grids = [pictures[0] with { Png = PictureFile.Encode(grid, new() { Parameters = pictures[0].Infotext }) }],
        };
    }

    private static List<string> Titles(string[] parts) =>
        [.. Enumerable.Range(0, 1 << parts.Length).Select(i => string.Join(" + ", parts.Where((_, part) => (i & (1 << part)) != 0)))];
}
