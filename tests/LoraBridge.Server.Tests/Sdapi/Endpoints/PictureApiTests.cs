using System.Net;
using System.Text.Json;
using LoraBridge.Imaging;

namespace LoraBridge.Server.Tests.Sdapi.Endpoints;

public sealed class PictureApiTests(SharedSdapi shared) : IClassFixture<SharedSdapi>
{
    private const string Infotext = "a <b>\nNegative prompt: c\nSteps: 20, Sampler: Euler a, CFG scale: 7.0, Seed: 5, Size: 64x32";

    private static readonly string s_picture = Convert.ToBase64String(DrawnEngine.Png(16, 8, 100, Infotext));

    [Fact]
    public async Task PngInfo_APicture_HasItsTextAndItsValues()
    {
        var server = shared.Fresh();
        var picture = new Picture(4, 4, 3) { Text = new Dictionary<string, string> { ["parameters"] = Infotext, ["Software"] = "x" } };

        var info = await server.PostAsync("/sdapi/v1/png-info", new { image = Convert.ToBase64String(PictureFile.Encode(picture)) });

        Assert.Equal(Infotext, info.GetProperty("info").GetString());
        Assert.Equal("""{"Software":"x"}""", info.GetProperty("items").GetRawText());
        var parameters = info.GetProperty("parameters");
        Assert.Equal(("a <b>", "c", "20", "64", "32"), (Value("Prompt"), Value("Negative prompt"), Value("Steps"), Value("Size-1"), Value("Size-2")));
        Assert.Equal(("1", "Automatic"), (Value("Clip skip"), Value("Schedule type")));

        string? Value(string key) => parameters.GetProperty(key).GetString();
    }

    [Fact]
    public async Task PngInfo_APictureWithoutText_HasDefaultsAllTheSame()
    {
        var server = shared.Fresh();

        var info = await server.PostAsync("/sdapi/v1/png-info", new { image = Convert.ToBase64String(DrawnEngine.Png(4, 4, 1)) });

        Assert.Equal(("", "{}"), (info.GetProperty("info").GetString(), info.GetProperty("items").GetRawText()));
        Assert.Equal("GPU", info.GetProperty("parameters").GetProperty("RNG").GetString());
        Assert.Equal(0, info.GetProperty("parameters").GetProperty("Hires resize-1").GetInt32());
    }

    [Theory]
    [InlineData("""{"resize_mode":0,"upscaling_resize":3,"upscaler_1":"Lanczos"}""", 48, 24)]
    [InlineData("""{"resize_mode":1,"upscaling_resize_w":32,"upscaling_resize_h":32,"upscaler_1":"Nearest"}""", 32, 32)]
    [InlineData("""{"resize_mode":1,"upscaling_resize_w":32,"upscaling_resize_h":32,"upscaling_crop":false,"upscaler_1":"Nearest"}""", 64, 32)]
    [InlineData("""{"upscaler_1":"None"}""", 16, 8)]
    public async Task Extra_OnePicture_IsEnlarged(string body, int width, int height)
    {
        var server = shared.Fresh();
        var request = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(body)!;
        request["image"] = JsonSerializer.SerializeToElement(s_picture);

        var answer = await server.PostAsync("/sdapi/v1/extra-single-image", request);

        var picture = SdapiServer.Decode(answer.GetProperty("image"));
        Assert.Equal((width, height), (picture.Width, picture.Height));
        Assert.StartsWith("<p>", answer.GetProperty("html_info").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Extra_SeveralPictures_ComeBackInOrder()
    {
        var server = shared.Fresh();
        var list = new[] { 10, 20 }.Select(grey => new { data = Convert.ToBase64String(DrawnEngine.Png(8, 8, (byte)grey)), name = $"{grey}.png" });

        var answer = await server.PostAsync("/sdapi/v1/extra-batch-images", new { imageList = list, upscaler_1 = "Lanczos" });

        Assert.Equal([10, 20], answer.GetProperty("images").EnumerateArray().Select(image => (int)SdapiServer.Decode(image).Pixels[0]));
    }

    [Theory]
    [InlineData("extra-single-image", """{"resize_mode":2}""", "body.resize_mode", "value_error.const")]
    [InlineData("extra-single-image", """{"upscaling_resize":0}""", "body.upscaling_resize", "value_error.number.not_gt")]
    [InlineData("extra-single-image", """{"upscaling_resize_w":0}""", "body.upscaling_resize_w", "value_error.number.not_ge")]
    [InlineData("extra-single-image", """{"codeformer_weight":1.5}""", "body.codeformer_weight", "value_error.number.not_le")]
    [InlineData("extra-batch-images", "{}", "body.imageList", "value_error.missing")]
    [InlineData("extra-batch-images", """{"imageList":[{"name":"x"}]}""", "body.imageList.0.data", "value_error.missing")]
    [InlineData("png-info", "{}", "body.image", "value_error.missing")]
    public async Task Field_OutOfRange_Is422(string route, string body, string loc, string type)
    {
        var server = shared.Fresh();

        var fault = (await server.PostAsync($"/sdapi/v1/{route}", JsonSerializer.Deserialize<JsonElement>(body), HttpStatusCode.UnprocessableEntity)).GetProperty("detail")[0];

        Assert.Equal((loc, type), (string.Join('.', fault.GetProperty("loc").EnumerateArray()), fault.GetProperty("type").GetString()));
    }

    [Theory]
    [InlineData("""{"image":""}""", 404, "Image not found")]
    [InlineData("""{"image":"@","model":"other"}""", 404, "Model not found")]
    [InlineData("""{"image":"@"}""", 500, "Invalid encoded image")]
    public async Task Interrogate_Nothing_IsNamed(string body, int status, string detail)
    {
        var server = shared.Fresh();

        var error = await server.PostAsync("/sdapi/v1/interrogate", JsonSerializer.Deserialize<JsonElement>(body), (HttpStatusCode)status);

        Assert.Equal(detail, error.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Extra_AnUpscalerThatIsNotThere_IsNamed()
    {
        var server = shared.Fresh();

        var error = await server.PostAsync("/sdapi/v1/extra-single-image", new { image = s_picture, upscaler_1 = "R-ESRGAN" }, HttpStatusCode.InternalServerError);

        Assert.Equal("could not find upscaler named R-ESRGAN", error.GetProperty("errors").GetString());
    }
}
