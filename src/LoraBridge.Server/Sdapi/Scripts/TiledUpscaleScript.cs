using LoraBridge.Generation;
using LoraBridge.Imaging;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Sdapi.Drawing;

namespace LoraBridge.Server.Sdapi.Scripts;

/// <summary>Enlarges a picture and draws it anew tile by tile, so that its size is bound by no memory.</summary>
internal sealed class TiledUpscaleScript() : SelectableScript("SD upscale")
{
    public override bool ForText => false;

    public override IReadOnlyList<ScriptArgument> Arguments { get; } =
    [
        new("", ""),                                                            // a note on the WebUI's page, which requests fill with anything
        new("Tile overlap", 64L) { Minimum = 0, Maximum = 256, Step = 16 },
        new("Upscaler", "None") { Choices = [.. Upscalers.All.Select(upscaler => upscaler.Name)] },
        new("Scale Factor", 2.0) { Minimum = 1, Maximum = 4, Step = 0.05 },
    ];

    public override async Task<JobResult> RunAsync(PictureJob job, ScriptValues arguments, DrawPart draw)
    {
        var upscaler = Upscalers.All[arguments.Choice(2)];
        var source = PictureFile.Read(job.Init[0]).ToRgb();
        var factor = Math.Clamp(arguments.Number(3), 0.1, 16);
        var large = upscaler == Upscalers.None ? source : upscaler.Resize(source, (int)(source.Width * factor), (int)(source.Height * factor));
        var (width, height) = (Math.Max(8, job.Fields.Count("width") / 8 * 8), Math.Max(8, job.Fields.Count("height") / 8 * 8));
        var tiles = TileLayout.Of(large.Width, large.Height, width, height, (int)Math.Clamp(arguments.Integer(1), 0, Math.Min(width, height) - 8));

        var count = tiles.Places.Count * Math.Max(1, job.Fields.Count("n_iter"));
        var seed = job.Fields.Integer("seed");
        var (sheets, drawn) = (new List<EnginePicture>(), new List<JobResult>());
        for (var i = 0; i < Math.Max(1, job.Fields.Count("n_iter")); i++)
        {
            var results = new List<Picture>();
            foreach (var (x, y) in tiles.Places)
            {
                var tile = job.With(("n_iter", 1L), ("batch_size", 1L), ("seed", seed == -1 ? seed : seed + i), ("inpaint_full_res", false), ("mask", null), ("width", (long)width), ("height", (long)height)) with
                {
                    Init = [PictureFile.Encode(tiles.Cut(large, x, y))],
                    Mask = null,
                };
                drawn.Add(await draw(tile, drawn.Count, count).ConfigureAwait(false));
                if (drawn[^1].Drawn.Images.Count == 0) break;                 // it was interrupted
                results.Add(PictureFile.Read(drawn[^1].Drawn.Images[0].Png));
                if (seed == -1) seed = drawn[^1].Drawn.Facts.Seed;
            }
            if (results.Count < tiles.Places.Count) break;
            var first = drawn[^results.Count].Drawn.Images[0];
            sheets.Add(first with { Png = PictureFile.Encode(tiles.Join(results), new() { Parameters = first.Infotext }) });
        }
        return drawn[0] with { Drawn = drawn[0].Drawn with { Images = sheets } };
    }
}
