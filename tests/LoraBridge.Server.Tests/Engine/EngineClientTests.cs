using LoraBridge.Generation;
using LoraBridge.Imaging;
using LoraBridge.Lora.Tools;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Tests.Engine;

/// <summary>One engine for all, which is idle between tests.</summary>
public sealed class EngineClientTests : IClassFixture<EngineClientTests.SharedEngine>
{
    private readonly EngineFixture _engine;

    public EngineClientTests(SharedEngine shared) => _engine = shared.Engine;

    [Fact]
    public async Task GenerateAsync_GivesPicturesAndTheirTextAndTellsEveryStep()
    {
        var progress = new Heard();

        var result = await _engine.Client.GenerateAsync(new(EngineFixture.Request(steps: 3, seed: 5) with { Count = 2 }), progress);

        Assert.Equal([5, 6], result.Images.Select(image => image.Seed));
        var picture = PictureFile.Read(result.Images[1].Png);
        Assert.Equal((64, 64), (picture.Width, picture.Height));
        Assert.Equal(result.Images[1].Infotext, picture.Parameters);
        Assert.Contains("Steps: 3", result.Images[1].Infotext, StringComparison.Ordinal);
        var sampling = progress.All.Where(at => at.Stage == EngineStage.Sampling).ToList();
        Assert.Equal(1, sampling[^1].Fraction);
        Assert.Contains(sampling, at => at is { Step: 2, Steps: 3 });
        Assert.Equal(sampling.Select(at => at.Fraction).Order(), sampling.Select(at => at.Fraction));
    }

    [Fact]
    public async Task GenerateAsync_Twice_LoadsTheModelOnceAndGivesTheSameBytes()
    {
        var (first, second) = (await _engine.DrawAsync(), await _engine.DrawAsync());

        Assert.Equal(first, second);
        var memory = await _engine.Client.MemoryAsync();
        var model = Assert.Single(memory.Models);
        Assert.Equal((EngineFixture.Model, false), (model.Path, model.IsLent));
        Assert.InRange(model.Bytes, 20_000_000, 90_000_000);
        Assert.True(memory.ProcessBytes > model.Bytes);
        Assert.Null(memory.Device);
    }

    [Fact]
    public async Task PreviewAsync_GivesASheetAndItsPictures()
    {
        var result = await _engine.Client.PreviewAsync(new(new BlendPreviewRequest { Picture = EngineFixture.Request(), Blends = [new(), new() { Label = "x" }] }));

        Assert.Equal(2, result.Images.Count);
        Assert.True(PictureFile.Read(result.Sheet).Width > 128);
    }

    [Fact]
    public async Task ABadNumber_IsAnErrorThatNamesTheField()
    {
        var error = await Assert.ThrowsAsync<EngineException>(() => _engine.Client.GenerateAsync(new(EngineFixture.Request() with { Width = 63 })));

        Assert.Equal((EngineErrorKind.InvalidRequest, "width"), (error.Kind, error.Field));
        Assert.Equal("Width must be a multiple of 8 from 8 to 16384, not 63.", error.Message);
    }

    [Fact]
    public async Task AMissingAdapterOfAStrictRequest_IsNotFound()
    {
        var error = await Assert.ThrowsAsync<EngineException>(() => _engine.Client.GenerateAsync(new(EngineFixture.Request("a <lora:nobody:1>") with { Strict = true })));

        Assert.Equal((EngineErrorKind.NotFound, "loras"), (error.Kind, error.Field));
        Assert.Contains("'nobody'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMissingCheckpoint_IsNotFoundAndAFileOfAnotherKindIsRefused()
    {
        var missing = await Assert.ThrowsAsync<EngineException>(() => _engine.Client.GenerateAsync(new(EngineFixture.Request()) { Model = new("/nowhere/m.safetensors") }));
        var text = Path.Combine(_engine.Folder, "text.safetensors");
        await File.WriteAllTextAsync(text, "no model at all");
        var wrong = await Assert.ThrowsAsync<EngineException>(() => _engine.Client.GenerateAsync(new(EngineFixture.Request()) { Model = new(text) }));

        Assert.Equal(EngineErrorKind.NotFound, missing.Kind);
        Assert.Contains("/nowhere/m.safetensors", missing.Message, StringComparison.Ordinal);
        Assert.Equal(EngineErrorKind.InvalidRequest, wrong.Kind);
        Assert.Contains(text, wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACancelledCall_EndsAndTheEngineGoesOn()
    {
        using var cancel = new CancellationTokenSource();
        var progress = new Heard(at =>
        {
            if (at is { Stage: EngineStage.Sampling, Step: > 1 }) cancel.Cancel();
        });
        var process = (await _engine.DrawAsync(), _engine.ProcessId).ProcessId;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _engine.Client.GenerateAsync(new(EngineFixture.Request(steps: 900)), progress, cancel.Token));
        await _engine.DrawAsync();

        Assert.Equal(process, _engine.ProcessId);
    }

    [Fact]
    public async Task InterruptAsync_GivesWhatThereIs()
    {
        var asked = new List<Task<bool>>();
        var call = new GenerateCall(EngineFixture.Request(steps: 900) with { Count = 2 });
        var progress = new Heard(at =>
        {
            if (at is { Stage: EngineStage.Sampling, Step: 2 }) asked.Add(_engine.Client.InterruptAsync(call.Id));
        });

        var result = await _engine.Client.GenerateAsync(call, progress);

        Assert.True(await asked[0]);
        Assert.True(result.WasInterrupted);
        Assert.True(Assert.Single(result.Images).IsUnfinished);
        Assert.False(await _engine.Client.InterruptAsync());
    }

    [Fact]
    public async Task SkipAsync_GoesOnWithTheNextBatch()
    {
        var asked = new List<Task<bool>>();
        var progress = new Heard(at =>
        {
            if (at is { Stage: EngineStage.Sampling, Pass: 0, Step: 2 }) asked.Add(_engine.Client.SkipAsync());
        });

        var result = await _engine.Client.GenerateAsync(new(EngineFixture.Request(steps: 60) with { Count = 2 }), progress);

        Assert.True(await asked[0]);
        Assert.Equal([true, false], result.Images.Select(image => image.IsUnfinished));
    }

    [Fact]
    public async Task Previews_ComeWithTheProgressWhereTheyAreAskedFor()
    {
        var progress = new Heard();

        await _engine.Client.GenerateAsync(new(EngineFixture.Request(steps: 4) with { Previews = new() { EverySteps = 2 } }), progress);

        var shown = progress.All.First(at => at.Preview is not null);
        Assert.True(PictureFile.Read(shown.Preview!).Width >= 8);
    }

    [Fact]
    public async Task ImageToImage_BeginsWithThePicture()
    {
        var first = (await _engine.Client.GenerateAsync(new(EngineFixture.Request()))).Images[0].Png;
        var request = new ImageToImageRequest { InitPictures = [first], Steps = 4, DenoisingStrength = 0.5, Width = 64, Height = 64, Seed = 2, Sampler = "Euler" };

        var second = await _engine.Client.GenerateAsync(new(request));

        Assert.NotEqual(first, second.Images[0].Png);
        Assert.Contains("Denoising strength: 0.5", second.Images[0].Infotext, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tools_WorkInTheEngine()
    {
        var adapter = Path.Combine(LauncherRoot, "tests", "Fixtures", "goldens", "sd15-tiny", "lora-linear.safetensors");
        var output = Path.Combine(_engine.Folder, "baked.safetensors");

        var baked = await _engine.Client.BakeAsync(new([new(adapter, 0.5)], output, new() { Rank = RankChoice.Fixed(2) }, EngineFixture.Model));
        var resized = await _engine.Client.ResizeAsync(new(output, output + "2.safetensors", new() { Rank = RankChoice.Fixed(1) }, EngineFixture.Model));
        var refused = await Assert.ThrowsAsync<EngineException>(() => _engine.Client.ConvertAsync(new(output + "x", output, new())));

        Assert.True(File.Exists(baked.Tool.Files[0].Path));
        Assert.Equal(1, resized.Tool.Fit.GreatestRank);
        Assert.Equal(EngineErrorKind.NotFound, refused.Kind);
    }

    [Fact]
    public async Task Prompts_KnowTheFoldersAdapters()
    {
        var adapter = Path.Combine(LauncherRoot, "tests", "Fixtures", "goldens", "sd15-tiny", "lora-linear.safetensors");
        File.Copy(adapter, Path.Combine(_engine.Folder, "loras", "ink.safetensors"), overwrite: true);

        var result = await _engine.Client.GenerateAsync(new(EngineFixture.Request("a cat <lora:ink:1>")));

        Assert.Empty(result.Warnings);
        Assert.Contains("Lora hashes: \"ink: ", result.Images[0].Infotext, StringComparison.Ordinal);
        Assert.NotEqual(await _engine.DrawAsync("a cat"), result.Images[0].Png);
    }

    private static string LauncherRoot => Launcher.LauncherScript.Root;

    public sealed class SharedEngine : IAsyncLifetime
    {
        internal EngineFixture Engine { get; } = EngineFixture.Create();

        public Task InitializeAsync() => Task.CompletedTask;

        public async Task DisposeAsync() => await Engine.DisposeAsync();
    }

    private sealed class Heard(Action<EngineProgress>? then = null) : IProgress<EngineProgress>
    {
        public List<EngineProgress> All { get; } = [];

        public void Report(EngineProgress value)
        {
            All.Add(value);
            then?.Invoke(value);
        }
    }
}
