using LoraBridge.Diffusion.Text;
using LoraBridge.Imaging;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>Makes the answer to a request of what was drawn, and saves the pictures where that is asked for.</summary>
internal sealed class JobAnswer(PictureFolder folder)
{
    private const int MostWarnings = 8;

    /// <summary>The answer; warnings stand in a header, <c>X-LoraBridge-Warnings</c>, as a JSON list.</summary>
    public JsonAnswer Of(PictureJob job, JobResult result, bool interrupted, string timestamp)
    {
        var output = PictureOutput.Of(job.Options);
        var drawn = result.Drawn.Images;
        var saves = job.Fields.Flag("save_images");
        var grids = result.Grids.Count > 0 ? result.Grids : saves && Grid(job, drawn) is { } grid ? [grid] : [];
        if (saves) Save(job, result, grids, output, interrupted);

        var shown = grids.Count > 0 && (result.Grids.Count > 0 || job.Options.Flag("return_grid")) ? grids : [];
        EnginePicture[] all = [.. shown, .. drawn];
        var infotexts = all.Select(picture => picture.Infotext).ToList();
        return new(new
        {
            Images = job.Fields.Flag("send_images") ? shown.Select(grid => grid.Png).Concat(drawn.SelectMany(picture => Sent(picture, job))).Select(output.Convert) : [],
            Parameters = Parameters(job),
            Info = ResponseInfo.Write(result.Request, result.Drawn, job.Fields, infotexts, shown.Count, timestamp),
        })
        {
            Headers = Warnings(result.Drawn.Warnings),
        };
    }

    private static IEnumerable<byte[]> Sent(EnginePicture picture, PictureJob job) => [picture.Png, .. MaskPictures.Of(picture, job.Options, "return").Select(mask => mask.Png)];

    // clients know the body's keys: what the WebUI does not say goes beside it
    private static Dictionary<string, string>? Warnings(IReadOnlyList<PromptWarning> warnings) => warnings.Count == 0 ? null
        : new() { ["X-LoraBridge-Warnings"] = SdapiJson.Ascii(warnings.Take(MostWarnings).Select(warning => warning.Reason)) };

    private static IReadOnlyDictionary<string, object?> Parameters(PictureJob job)
    {
        if (!job.IsImageToImage || job.Fields.Flag("include_init_images")) return job.Fields.All;
        var fields = job.Fields.Copy();
        fields.Set("init_images", null);
        fields.Set("mask", null);
        return fields.All;
    }

    private static EnginePicture? Grid(PictureJob job, IReadOnlyList<EnginePicture> drawn)
    {
        if (!(job.Options.Flag("return_grid") || job.Options.Flag("grid_save")) || drawn.Count < 2) return null;
        var rows = job.Options.Count("n_rows") switch { -1 => (int?)null, 0 => job.Fields.Count("batch_size"), var given => given };
        var grid = PictureGrid.Of([.. drawn.Select(picture => PictureFile.Read(picture.Png))], rows);
        return drawn[0] with { Png = PictureFile.Encode(grid, new() { Parameters = drawn[0].Infotext }) };
    }

    private void Save(PictureJob job, JobResult result, IReadOnlyList<EnginePicture> grids, PictureOutput output, bool interrupted)
    {
        var options = job.Options;
        if (interrupted && !options.Flag("save_incomplete_images")) return;
        if (options.Flag("samples_save"))
            foreach (var picture in result.Drawn.Images.Where(picture => !picture.IsUnfinished || options.Flag("save_incomplete_images")))
            {
                folder.Save(options, job.Kind, isGrid: false, output.Convert(picture.Png), output.Extension, $"{picture.Seed}", picture.Infotext);
                foreach (var (png, suffix) in MaskPictures.Of(picture, options, "save"))
                    folder.Save(options, job.Kind, isGrid: false, output.Convert(png), output.Extension, picture.Seed + suffix, picture.Infotext);
            }
        if (options.Flag("grid_save"))
            foreach (var grid in grids) folder.Save(options, job.Kind, isGrid: true, output.Convert(grid.Png), output.Extension, $"{grid.Seed}", grid.Infotext);
    }
}
