using System.Net;
using System.Text.Json;
using LoraBridge.Imaging;
using LoraBridge.Server.Sdapi.Scripts;

namespace LoraBridge.Server.Tests.Sdapi.Scripts;

public sealed class ScriptTests(SharedSdapi shared) : IClassFixture<SharedSdapi>
{
    [Fact]
    public async Task Lists_NameTheScriptsOfEachKind()
    {
        var server = shared.Fresh();

        var scripts = await server.GetAsync("/sdapi/v1/scripts");
        var info = (await server.GetAsync("/sdapi/v1/script-info")).EnumerateArray().First(script => script.GetProperty("name").GetString() == "refiner");

        Assert.Equal("""["refiner","sampler","seed","x/y/z plot","prompt matrix"]""", scripts.GetProperty("txt2img").GetRawText());
        Assert.Equal("""["refiner","sampler","seed","x/y/z plot","prompt matrix","sd upscale"]""", scripts.GetProperty("img2img").GetRawText());
        Assert.Equal(["name", "is_alwayson", "is_img2img", "args"], info.EnumerateObject().Select(member => member.Name));
        Assert.Equal("""{"label":"Switch at","value":0.8,"minimum":0.01,"maximum":1.0,"step":0.01,"choices":null}""", info.GetProperty("args")[2].GetRawText());
    }

    [Theory]
    [InlineData("""{"script_name":"gone"}""", "Script 'gone' not found")]
    [InlineData("""{"script_name":"refiner"}""", "Script 'refiner' not found")]
    [InlineData("""{"script_name":"sd upscale"}""", "Script 'sd upscale' not found")]
    [InlineData("""{"alwayson_scripts":{"ControlNet":{"args":[]}}}""", "Script 'ControlNet' not found")]
    [InlineData("""{"alwayson_scripts":{"X/Y/Z plot":{"args":[]}}}""", "Cannot have a selectable script in the always on scripts params")]
    [InlineData("""{"script_name":"x/y/z plot","script_args":["no axis"]}""", "argument 0 (X type)")]
    public async Task Script_ThatIsNone_Is422(string body, string detail)
    {
        var server = shared.Fresh();

        var error = await server.PostAsync("/sdapi/v1/txt2img", JsonSerializer.Deserialize<JsonElement>(body), HttpStatusCode.UnprocessableEntity);

        Assert.Contains(detail, error.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AlwaysOn_SamplerAndSeed_FillWhatTheRequestLeavesOpen()
    {
        var server = shared.Fresh();

        await server.PostAsync("/sdapi/v1/txt2img", new { width = 8, height = 8, steps = 5, alwayson_scripts = new { sampler = new { args = new object[] { 9, "DDIM", "Karras" } }, Seed = new { args = new object[] { 12, true, 13, 0.5 } } } });

        var request = server.Engine.Text;
        Assert.Equal((5, "DDIM", "Karras", 12, 13, 0.5), (request.Steps, request.Sampler, request.Scheduler, request.Seed, request.Subseed, request.SubseedStrength));
    }

    [Fact]
    public async Task AlwaysOn_WithoutArguments_ChangesNothing()
    {
        var server = shared.Fresh();

        await server.PostAsync("/sdapi/v1/txt2img", new { width = 8, height = 8, alwayson_scripts = new { sampler = new { args = Array.Empty<object>() }, seed = new { }, refiner = new { args = Array.Empty<object>() } } });

        Assert.Equal((50, "Euler", null), (server.Engine.Text.Steps, server.Engine.Text.Sampler, server.Engine.Text.Seed));
    }

    [Fact]
    public async Task Grid_OfACheckpointThatIsNotThere_IsNamed()
    {
        var server = shared.Fresh();
        object[] args = ["Checkpoint name", "plain, gone"];

        var error = await server.PostAsync("/sdapi/v1/txt2img", new { width = 8, height = 8, script_name = "x/y/z plot", script_args = args }, HttpStatusCode.InternalServerError);

        Assert.Equal("Unknown checkpoint: gone", error.GetProperty("errors").GetString());
        Assert.EndsWith("plain.safetensors", Assert.Single(server.Engine.Calls).Model.Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Grid_OfTwoAxes_DrawsEveryCellAndItsLegend()
    {
        var server = shared.Fresh();
        object[] args = ["Seed", "10-12", null!, "Prompt S/R", "cat,dog", null!, 0, "", null!, true, true];

        var answer = await server.PostAsync("/sdapi/v1/txt2img", new { prompt = "a cat", width = 64, height = 64, script_name = "X/Y/Z plot", script_args = args });
        var info = JsonSerializer.Deserialize<JsonElement>(answer.GetProperty("info").GetString()!);

        Assert.Equal(
            ["a cat 10", "a cat 11", "a cat 12", "a dog 10", "a dog 11", "a dog 12"],
            server.Engine.Calls.Select(call => $"{call.Request.Prompt} {call.Request.Seed}"));
        Assert.Equal((7, 7, 1), (answer.GetProperty("images").GetArrayLength(), info.GetProperty("infotexts").GetArrayLength(), info.GetProperty("index_of_first_image").GetInt32()));
        var grid = SdapiServer.Decode(answer.GetProperty("images")[0]);
        Assert.True(grid.Width > 3 * 64 && grid.Height > 2 * 64);
        Assert.Equal(12, grid.Row(grid.Height - 1)[^1]);
        Assert.Contains((byte)0, grid.Row(10).ToArray());
    }

    [Fact]
    public async Task Grid_OfARandomSeed_IsFixedUnlessToldOtherwise()
    {
        var server = shared.Fresh();

        await server.PostAsync("/sdapi/v1/txt2img", new { width = 8, height = 8, script_name = "x/y/z plot", script_args = new object[] { 4, "1,2" } });
        var seeds = server.Engine.Calls.Select(call => call.Request.Seed).ToList();
        await server.PostAsync("/sdapi/v1/txt2img", new { width = 8, height = 8, script_name = "x/y/z plot", script_args = new object[] { 4, "1,2", null!, 0, "", null!, 0, "", null!, false, false, false, true } });

        Assert.NotNull(seeds[0]);
        Assert.Equal(seeds[0], seeds[1]);
        Assert.Null(server.Engine.Calls[^1].Request.Seed);
        Assert.Equal([1, 2], server.Engine.Calls.Take(2).Select(call => call.Request.Steps));
    }

    [Fact]
    public async Task Grid_ThatIsInterrupted_GivesWhatThereIs()
    {
        var server = shared.Fresh();
        server.Engine.Work = async (_, _) => await server.PostAsync("/sdapi/v1/interrupt");

        var answer = await server.PostAsync("/sdapi/v1/txt2img", new { width = 16, height = 16, script_name = "x/y/z plot", script_args = new object[] { "Steps", "1-9" } });

        Assert.Single(server.Engine.Calls);
        Assert.Equal(1, answer.GetProperty("images").GetArrayLength());
    }

    [Fact]
    public async Task Matrix_OfTwoParts_DrawsFourPrompts()
    {
        var server = shared.Fresh();

        var answer = await server.PostAsync("/sdapi/v1/txt2img", new { prompt = "a|b|c", width = 16, height = 16, seed = 3, script_name = "Prompt matrix" });

        Assert.Equal(["a", "a, b", "a, c", "a, b, c"], server.Engine.Calls.Select(call => call.Request.Prompt));
        Assert.Equal(5, answer.GetProperty("images").GetArrayLength());
    }

    [Fact]
    public async Task TiledUpscale_DrawsEveryTileAndJoinsThem()
    {
        var server = shared.Fresh();
        var picture = Convert.ToBase64String(DrawnEngine.Png(96, 64, 100));

        var answer = await server.PostAsync("/sdapi/v1/img2img", new { init_images = new[] { picture }, width = 64, height = 64, seed = 9, script_name = "sd upscale", script_args = new object?[] { null, 16, "Lanczos", 2 } });

        var result = SdapiServer.Decode(answer.GetProperty("images")[0]);
        Assert.Equal((192, 128), (result.Width, result.Height));
        Assert.Equal(12, server.Engine.Calls.Count);
        Assert.All(server.Engine.Calls, call => Assert.Equal((64, 64, 9), (call.Request.Width, call.Request.Height, call.Request.Seed)));
        Assert.All(result.Pixels, pixel => Assert.Equal(9, pixel));
    }

    [Theory]
    [InlineData(64, 64, 64, 64, 16, 1)]
    [InlineData(100, 64, 64, 64, 16, 2)]
    [InlineData(192, 128, 64, 64, 16, 12)]
    [InlineData(40, 40, 64, 64, 0, 1)]
    public void TileLayout_CutAndJoined_IsThePictureAgain(int width, int height, int tileWidth, int tileHeight, int overlap, int count)
    {
        var picture = new Picture(width, height, 3);
        for (var i = 0; i < picture.Pixels.Length; i++) picture.Pixels[i] = (byte)(i * 7);

        var layout = TileLayout.Of(width, height, tileWidth, tileHeight, overlap);
        var joined = layout.Join([.. layout.Places.Select(place => layout.Cut(picture, place.X, place.Y))]);

        Assert.Equal(count, layout.Places.Count);
        Assert.Equal(picture.Pixels, joined.Pixels);
    }
}
