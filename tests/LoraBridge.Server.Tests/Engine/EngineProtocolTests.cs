using System.Text.Json;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Imaging;
using LoraBridge.Lora.Tools;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Training;
using LoraBridge.Training.Settings;

namespace LoraBridge.Server.Tests.Engine;

public sealed class EngineProtocolTests
{
    private static readonly LoraTag s_tag = new("a", 0.5, 0.75, 4) { Schedule = new() { Start = 0.25, To = 2 }, Blocks = new() { Base = 0.5, Inputs = [1, 0.5] } };

    [Fact]
    public void GenerateCall_OfEitherKind_ComesBackAsItWas()
    {
        var text = new GenerateCall(new TextToImageRequest { Prompt = "ä \"q\"\n", Seed = uint.MaxValue, Loras = [s_tag], GuidanceScale = 7.25, Hires = new() }) { Id = "x", Model = new("/m", "/v") };
        var image = new GenerateCall(new ImageToImageRequest { InitPictures = [[1, 2]], Mask = [3], DenoisingStrength = 0.5 });

        Assert.Equivalent(text, Back<EngineCall>(text), strict: true);
        Assert.Equivalent(image, Back<EngineCall>(image), strict: true);
    }

    [Fact]
    public void PreviewCall_ComesBackAsItWas()
    {
        var call = new PreviewCall(new() { Picture = new() { Prompt = "a" }, Blends = [new() { Loras = [s_tag], Label = "l" }, new()], Columns = 2 });

        Assert.Equivalent(call, Back<EngineCall>(call), strict: true);
    }

    [Fact]
    public void TrainCall_KeepsEverySetting()
    {
        var report = TrainingSettings.Read([SettingsSource.Preset("character"), SettingsSource.Arguments(["train_data_dir=/d", "schedule.warmup=0.1", "network.rank=7"])]);
        var call = new TrainCall(report.Options) { LiveNames = ["job"] };

        var back = Assert.IsType<TrainCall>(Back<EngineCall>(call));

        Assert.Equal(SettingsJson.Write(report.Options), SettingsJson.Write(back.Options));
        Assert.Equal(["job"], back.LiveNames);
    }

    [Fact]
    public void ToolCalls_KeepRanksAndWeights()
    {
        var bake = new BakeCall([new("/a", 0.5, null, new() { Mid = 0 })], "/o", new() { Rank = RankChoice.Dynamic(RankMethod.Frobenius, 0.9, 32) }, "/base");
        var resize = new ResizeCall("/a", "/o", new() { Rank = RankChoice.Fixed(8) });
        var convert = new ConvertCall("/a", "/o", new() { SetMetadata = new Dictionary<string, string?> { ["k"] = null } });

        foreach (var call in (EngineCall[])[bake, resize, convert]) Assert.Equivalent(call, Back(call), strict: true);
    }

    [Fact]
    public void TrainingEvents_ComeBackWithTheirKindAndNumbers()
    {
        TrainingEvent[] events =
        [
            new TrainingStage("encoding", 0.5), new TrainingStepDone(1, 2, 1, 1, double.NaN, 0.1, 1e-4, 3.5, TimeSpan.FromSeconds(1.5), 1L << 40) { ByTimestep = [new(200, 0.5)] },
            new TrainingFileWritten("/f", "state"), new TrainingValidated(3, new(0.5, [new(100, 0.25), new(200, 0.75)], 0.1)), new TrainingWarning("w"),
        ];

        foreach (var happened in events) Assert.Equivalent(happened, Assert.IsType<EventLine>(Back<EngineLine>(new EventLine(happened))).Event, strict: true);
    }

    [Fact]
    public void GenerateResult_KeepsTheKindsOfExtraValues()
    {
        KeyValuePair<string, object>[] extra = [new("a", "7"), new("b", true), new("c", 7L), new("d", 7.0), new("e", 1e300), new("f", 0.1), new("g", -1e-7), new("h", 1e15)];
        var result = new GenerateResult([new([1, 2, 3], "text", 5) { IsUnfinished = true }], [new("s", "r")], ["n"]) { Facts = new() { Extra = extra }, WasInterrupted = true };

        var back = Assert.IsType<GenerateResult>(Assert.IsType<ResultLine>(Back<EngineLine>(new ResultLine(result))).Result);

        Assert.Equal(extra, back.Facts.Extra);
        Assert.Equivalent(result, back, strict: true);
    }

    [Fact]
    public void Line_IsOneLine() =>
        Assert.DoesNotContain('\n', JsonSerializer.Serialize<EngineLine>(new ErrorLine(EngineErrorKind.Failed, "a\nb"), EngineJson.Options));

    [Fact]
    public void UnknownKey_IsAnError() =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<EngineCall>("""{"call":"unload","id":"x","more":1}""", EngineJson.Options));

    [Fact]
    public void Picture_TravelsWithoutLoss()
    {
        var picture = new Picture(3, 2, 4, [.. Enumerable.Range(0, 24).Select(i => (byte)(i * 10))]);

        Assert.Equal(picture.Pixels, Back(picture).Pixels);
    }

    private static T Back<T>(T value) => JsonSerializer.Deserialize<T>(JsonSerializer.Serialize(value, EngineJson.Options), EngineJson.Options)!;
}
