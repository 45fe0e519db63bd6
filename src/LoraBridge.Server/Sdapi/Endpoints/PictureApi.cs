using System.Net;
using LoraBridge.Generation;
using LoraBridge.Imaging;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Drawing;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Settings;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Endpoints;

/// <summary>Enlarges pictures, and reads what they say of themselves.</summary>
internal static class PictureApi
{
    private static readonly Field[] s_extras =
    [
        Field.Integer("resize_mode", 0) with { OneOf = [0, 1] },
        Field.Flag("show_extras_results", true),
        Field.Number("gfpgan_visibility", 0) with { AtLeast = 0, AtMost = 1 },
        Field.Number("codeformer_visibility", 0) with { AtLeast = 0, AtMost = 1 },
        Field.Number("codeformer_weight", 0) with { AtLeast = 0, AtMost = 1 },
        Field.Number("upscaling_resize", 2) with { Above = 0 },
        Field.Integer("upscaling_resize_w", 512) with { AtLeast = 1 },
        Field.Integer("upscaling_resize_h", 512) with { AtLeast = 1 },
        Field.Flag("upscaling_crop", true),
        Field.Text("upscaler_1", "None"),
        Field.Text("upscaler_2", "None"),
        Field.Number("extras_upscaler_2_visibility", 0) with { AtLeast = 0, AtMost = 1 },
        Field.Flag("upscale_first", false),
    ];

    private static readonly FieldTable s_single = new([.. s_extras, Field.Text("image", "")]);

    private static readonly FieldTable s_batch = new(
    [
        .. s_extras,
        new("imageList", FieldKind.List) { Required = true, Elements = new(Field.Text("data") with { Required = true }, Field.Text("name") with { Required = true }) },
    ]);

    private static readonly FieldTable s_pngInfo = new(Field.Text("image") with { Required = true });

    public static void MapPictures(this RouteGroupBuilder routes)
    {
        var group = routes.MapGroup("").WithTags("Pictures");
        group.MapPost("/extra-single-image", SingleAsync).WithMetadata(s_single).WithName("SdapiExtraSingleImage").WithSummary("Enlarge a picture");
        group.MapPost("/extra-batch-images", BatchAsync).WithMetadata(s_batch).WithName("SdapiExtraBatchImages").WithSummary("Enlarge pictures");
        group.MapPost("/png-info", PngInfoAsync).WithMetadata(s_pngInfo).WithName("SdapiPngInfo").WithSummary("Read how a picture was made");
    }

    private static async Task<JsonAnswer> SingleAsync(HttpRequest request, PictureInput pictures, Generations generations, OptionsStore store)
    {
        var fields = await RequestBody.ReadAsync(request, s_single).ConfigureAwait(false);
        var (html, images) = await EnlargeAsync(fields, [fields.Text("image")], pictures, generations, store, request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new(new { HtmlInfo = html, Image = images[0] });
    }

    private static async Task<JsonAnswer> BatchAsync(HttpRequest request, PictureInput pictures, Generations generations, OptionsStore store)
    {
        var fields = await RequestBody.ReadAsync(request, s_batch).ConfigureAwait(false);
        var texts = fields.Objects("imageList").Select(image => image.Text("data")).ToList();
        var (html, images) = await EnlargeAsync(fields, texts, pictures, generations, store, request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new(new { HtmlInfo = html, Images = images });
    }

    private static async Task<(string Html, IReadOnlyList<byte[]> Images)> EnlargeAsync(
        FieldValues fields, IReadOnlyList<string> texts, PictureInput pictures, Generations generations, OptionsStore store, CancellationToken cancel)
    {
        var output = PictureOutput.Of(store.Current);
        var wanted = Wanted(fields);
        var sources = new List<Picture>();
        foreach (var text in texts) sources.Add(await pictures.ReadPictureAsync(text, cancel).ConfigureAwait(false));
        return await generations.Queue.RunAsync(null, () =>
        {
            var results = new List<ExtrasResult>();
            foreach (var source in sources)
            {
                cancel.ThrowIfCancellationRequested();
                results.Add(Apply(source, wanted));
            }
            return Task.FromResult((Html(results.LastOrDefault()?.Infotext ?? ""), (IReadOnlyList<byte[]>)[.. results.Select(result => output.Encode(result.Picture))]));
        }, cancel).ConfigureAwait(false);
    }

    private static ExtrasResult Apply(Picture picture, ExtrasRequest wanted)
    {
        try
        {
            return Extras.Apply(picture, wanted);
        }
        catch (ArgumentException wrong)
        {
            throw new SdapiException(422, wrong.Message);
        }
    }

    private static ExtrasRequest Wanted(FieldValues fields)
    {
        var wanted = new ExtrasRequest
        {
            ToSize = fields.Integer("resize_mode") == 1,
            Factor = fields.Number("upscaling_resize"),
            Width = fields.Count("upscaling_resize_w"),
            Height = fields.Count("upscaling_resize_h"),
            Crop = fields.Flag("upscaling_crop"),
            Upscaler = Upscaler(fields.Text("upscaler_1")),
            SecondUpscaler = Upscaler(fields.Text("upscaler_2")),
            SecondVisibility = fields.Number("extras_upscaler_2_visibility"),
        };
        try
        {
            wanted.Validate();
            return wanted;
        }
        catch (ArgumentException wrong)
        {
            throw new SdapiException(422, wrong.Message);
        }
    }

    private static string Upscaler(string name) =>
        name.Length == 0 ? Upscalers.None.Name : Upscalers.Find(name)?.Name ?? throw new SdapiFailure("AssertionError", $"could not find upscaler named {name}");

    private static async Task<JsonAnswer> PngInfoAsync(HttpRequest request, PictureInput pictures, StyleList styles)
    {
        var fields = await RequestBody.ReadAsync(request, s_pngInfo).ConfigureAwait(false);
        var file = await pictures.ReadAsync(fields.Text("image"), request.HttpContext.RequestAborted).ConfigureAwait(false);
        var info = PictureFile.Probe(file);
        var text = info.Parameters ?? "";
        return new(new
        {
            Info = text,
            Items = info.Text.Where(entry => entry.Value != text || entry.Key is not ("parameters" or "UserComment" or "Comment")).ToDictionary(StringComparer.Ordinal),
            Parameters = InfotextReader.Read(text, styles.Current).ToParameters(),
        });
    }

    private static string Html(string text) => $"<p>{string.Join("<br>\n", text.Split('\n').Select(WebUtility.HtmlEncode))}</p>";
}
