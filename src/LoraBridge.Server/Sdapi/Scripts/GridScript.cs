using System.Security.Cryptography;
using LoraBridge.Imaging;
using LoraBridge.Server.Sdapi.Drawing;

namespace LoraBridge.Server.Sdapi.Scripts;

/// <summary>Draws a request for every combination of up to three lists of values and lays the pictures out in grids.</summary>
internal sealed class GridScript() : SelectableScript("X/Y/Z plot")
{
    private const int Legend = 9, Lone = 10, SubGrids = 11, NoFixedSeeds = 12, VarySeeds = 13, Margin = 16;

    public override IReadOnlyList<ScriptArgument> Arguments { get; } =
    [
        .. Axis("X", "Seed"), .. Axis("Y", "Nothing"), .. Axis("Z", "Nothing"),
        new("Draw legend", true),
        new("Include Sub Images", false),
        new("Include Sub Grids", false),
        new("Keep -1 for seeds", false),
        new("Vary seeds for X", false),
        new("Vary seeds for Y", false),
        new("Vary seeds for Z", false),
        new("Grid margins (px)", 0L) { Minimum = 0, Maximum = 500, Step = 2 },
        new("Use text inputs instead of dropdowns", false),
    ];

    public override async Task<JobResult> RunAsync(PictureJob job, ScriptValues arguments, DrawPart draw)
    {
        var axes = Enumerable.Range(0, 3).Select(i => ChosenAxis.Of(job.Kind, arguments, i * 3)).ToList();
        if (!arguments.Flag(NoFixedSeeds)) job = job.With(("seed", Fixed(job.Fields.Integer("seed"))), ("subseed", Fixed(job.Fields.Integer("subseed"))));

        var cells = new List<JobResult>();
        var (columns, rows, layers) = (axes[0].Values.Count, axes[1].Values.Count, axes[2].Values.Count);
        for (var i = 0; i < columns * rows * layers; i++)
        {
            int[] place = [i % columns, i / columns % rows, i / (columns * rows)];
            cells.Add(await draw(Cell(job, axes, place, arguments), i, columns * rows * layers).ConfigureAwait(false));
        }
        return Result(cells, axes, arguments);
    }

    private static PictureJob Cell(PictureJob job, List<ChosenAxis> axes, int[] place, ScriptValues arguments)
    {
        var cell = job;
        var (offset, stride) = (0, 1);
        for (var i = 0; i < axes.Count; i++)
        {
            cell = axes[i].Apply(cell, place[i]);
            if (!arguments.Flag(VarySeeds + i)) continue;
            offset += place[i] * stride;
            stride *= axes[i].Values.Count;
        }
        return offset == 0 || cell.Fields.Integer("seed") == -1 ? cell : cell.With(("seed", cell.Fields.Integer("seed") + offset));
    }

    private static JobResult Result(List<JobResult> cells, List<ChosenAxis> axes, ScriptValues arguments)
    {
        var first = cells[0];
        if (cells.All(cell => cell.Drawn.Images.Count == 0)) return first;
        var sheet = new LabelledGrid(axes[0].Titles, axes[1].Titles) { Margin = (int)Math.Clamp(arguments.Integer(Margin), 0, 500), HasLegend = arguments.Flag(Legend) };
        var size = sheet.Columns.Count * sheet.Rows.Count;
        var layers = cells.Chunk(size).Select((layer, i) => sheet.Draw([.. layer.Select(cell => cell.Drawn.Images.Count == 0 ? null : PictureFile.Read(cell.Drawn.Images[0].Png))], axes[2].Titles[i])).ToList();
        List<Picture> grids = layers.Count == 1 ? layers : arguments.Flag(SubGrids) ? [PictureGrid.Of(layers, rows: 1), .. layers] : [PictureGrid.Of(layers, rows: 1)];
        var text = cells.First(cell => cell.Drawn.Images.Count > 0).Drawn.Images[0];
        return first with
        {
            Drawn = first.Drawn with { Images = arguments.Flag(Lone) ? [.. cells.SelectMany(cell => cell.Drawn.Images)] : [] },
            Grids = [.. grids.Select(grid => text with { Png = PictureFile.Encode(grid, new() { Parameters = text.Infotext }) })],
        };
    }

    private static long Fixed(long seed) => seed == -1 ? RandomNumberGenerator.GetInt32(int.MaxValue) : seed;

    private static ScriptArgument[] Axis(string name, string value)
    {
        string[] choices = [.. GridAxis.For("txt2img").Select(axis => axis.Label)];
        return [new($"{name} type", value) { Choices = choices }, new($"{name} values", ""), new($"{name} values", null) { Choices = [] }];
    }

    /// <summary>An axis with the values that the request lists.</summary>
    private sealed record ChosenAxis(GridAxis Axis, IReadOnlyList<string> Values)
    {
        /// <summary>What stands beside the pictures.</summary>
        public IReadOnlyList<string> Titles => [.. Values.Select(value => Axis.Label == "Nothing" ? "" : Axis.Label is "Prompt S/R" or "Prompt order" ? value : $"{Axis.Label}: {value}")];

        public static ChosenAxis Of(string kind, ScriptValues arguments, int index)
        {
            var axes = GridAxis.For(kind);
            var axis = axes[Math.Min(arguments.Choice(index, [.. axes.Select(axis => axis.Label)]), axes.Count - 1)];
            var listed = arguments.Texts(index + 2);
            var values = axis.Label == "Nothing" ? [""] : arguments.Text(index + 1) is { Length: > 0 } text ? axis.Values(text) : listed.Count > 0 ? listed : [""];
            return values is [""] ? new(axes[0], values) : new(axis, values);
        }

        public PictureJob Apply(PictureJob job, int place) => Axis.Apply(job, Values[place], Values[0]);
    }
}
