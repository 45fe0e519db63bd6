using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using LoraBridge.Generation;
using LoraBridge.Tests.Native;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Generation;

[Collection(ProcessWide.Name)]
public sealed class LoadedModelsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("models-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Pipeline_OfTheSameCheckpoint_IsLoadedOnceWhateverElseDiffers()
    {
        using var models = new LoadedModels(long.MaxValue);
        using var folder = new AdapterFolder("linear");

        var first = models.Pipeline(Options(Pipelines.TinyModel));
        var again = models.Pipeline(Options(Pipelines.TinyModel));
        var other = models.Pipeline(Options(Pipelines.TinyModel) with { LoraFolders = [folder.Path] });

        Assert.Same(first, again);
        Assert.NotSame(first, other);
        Assert.Equal(1, models.Loads);
        Assert.Single(models.All);
    }

    [Fact]
    public void Pipeline_BeyondTheBudget_SendsTheLeastRecentlyUsedAway()
    {
        var (a, b, c) = (Copy("a"), Copy("b"), Copy("c"));
        using var models = new LoadedModels(new FileInfo(a).Length * 5 / 2);

        foreach (var path in (string[])[a, b, a, c]) models.Pipeline(Options(path));

        Assert.Equal([c, a], models.All.Select(model => model.Path));
        Assert.Equal(3, models.Loads);
    }

    [Fact]
    public void Lend_KeepsAModelWhateverOthersNeed()
    {
        var (a, b) = (Copy("a"), Copy("b"));
        using var models = new LoadedModels(0);

        using (models.Lend(a, new() { ComputeType = ComputeType.Float32 }))
        {
            models.Pipeline(Options(b));
            models.Unload();
            Assert.Equal([(a, true)], models.All.Select(model => (model.Path, model.IsLent)));
        }
        models.Unload();

        Assert.Empty(models.All);
    }

    [Fact]
    public void Lend_OfAModelThatDraws_TakesItsAdaptersOff()
    {
        using var folder = new AdapterFolder("linear");
        using var models = new LoadedModels(long.MaxValue);
        var pipeline = models.Pipeline(Options(Pipelines.TinyModel) with { LoraFolders = [folder.Path] });
        pipeline.Generate(new TextToImageRequest { Prompt = "a <lora:linear:1>", Width = 64, Height = 64, Steps = 1 });

        using var loan = models.Lend(Pipelines.TinyModel, new() { ComputeType = ComputeType.Float32 });

        Assert.Same(pipeline.Model, loan.Model);
        Assert.DoesNotContain(loan.Model.UNet.named_modules(), module => module.module is WeightLayer { Adapted: not null });
    }

    [Fact]
    public void Lend_OfWidenedWeights_TakesTheirPlaceWhereTheyAreNarrow()
    {
        var half = Copy("half", float16);
        using var models = new LoadedModels(long.MaxValue);
        models.Pipeline(Options(half));

        using (models.Lend(half, new() { ComputeType = ComputeType.Float32, WidenWeights = true })) Assert.Single(models.All);
        models.Pipeline(Options(half));

        Assert.Equal(2, models.Loads);                                          // and what is wide serves those who need not have it so
        Assert.Single(models.All);
    }

    [Fact]
    public void Pipeline_OfAFileThatChanged_IsLoadedAnew()
    {
        var path = Copy("a");
        using var models = new LoadedModels(long.MaxValue);
        models.Pipeline(Options(path));
        File.SetLastWriteTimeUtc(path, new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        models.Pipeline(Options(path));

        Assert.Equal(2, models.Loads);
        Assert.Single(models.All);
    }

    [Fact]
    public void Dispose_GivesEveryTensorBack()
    {
        var before = ProcessWide.CountTensors();
        using (var models = new LoadedModels(0))
        {
            models.Pipeline(Options(Copy("a"))).Generate(new TextToImageRequest { Width = 64, Height = 64, Steps = 1 });
            models.Pipeline(Options(Copy("b")));
        }

        Assert.Equal(before, ProcessWide.CountTensors());
    }

    private static TextToImageOptions Options(string path) => new() { ModelPath = path, Model = new() { ComputeType = ComputeType.Float32 }, Vocabulary = Pipelines.Vocabulary };

    private string Copy(string name, ScalarType? type = null)
    {
        var path = Path.Combine(_folder, name + ".safetensors");
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(Pipelines.TinyModel);
        SafetensorsWriter.Write(path, file.Tensors.Keys.ToDictionary(key => key, key => Typed(file.Read(key), type)), file.Metadata);
        File.Copy(Path.Combine(Path.GetDirectoryName(Pipelines.TinyModel)!, "config.json"), Path.Combine(_folder, "config.json"), overwrite: true);
        return path;
    }

    private static Tensor Typed(Tensor tensor, ScalarType? type) => type is { } wanted && tensor.is_floating_point() ? tensor.to(wanted) : tensor;
}
