using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Models;
using LoraBridge.Generation;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Engine.Host;

/// <summary>Does what calls ask for, on the torch thread, with the models that all of them share.</summary>
internal sealed class EngineWork : IDisposable
{
    private readonly EngineStart _start;
    private readonly LiveLoras _live = new();
    private readonly Lazy<LoadedModels> _models;
    private readonly Lazy<string> _device;

    public EngineWork(EngineStart start)
    {
        _start = start;
        // both ask torch, which is loaded when the first call needs it
        _device = new(() => DeviceNames.Resolve(start.Device));
        _models = new(() => new(start.ModelMemory ?? DeviceMemory.Of(_device.Value).Total / 2 ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2));
    }

    /// <summary>The models that were in memory after the last call, for those who may not wait for the torch thread.</summary>
    public IReadOnlyList<LoadedModel> Models { get; private set; } = [];

    /// <summary>The device's memory; null on a CPU, and before torch was needed. May be asked from any thread.</summary>
    public DeviceMemory? Device => _device.IsValueCreated && _device.Value != "cpu" ? DeviceMemory.Of(_device.Value) : null;

    /// <summary>Does it.</summary>
    public EngineResult CarryOut(EngineJob job, EngineWorker worker)
    {
        try
        {
            return job.Call switch
            {
                GenerateCall call => Generate(call, job, worker),
                PreviewCall call => Preview(call, job, worker),
                TrainCall call => EngineTraining.Run(call, job, worker, _models.Value, _live, _start, NoteModels),
                PreflightCall call => EngineTraining.Predict(call, job, worker, _models.Value, _start),
                LoadCall call => Load(call, job, worker),
                UnloadCall => Unload(),
                _ => EngineTools.Run(job, worker),
            };
        }
        catch (Exception error) when (TorchFailure.IsOutOfMemory(error))
        {
            _models.Value.Unload();
            throw;
        }
        finally
        {
            NoteModels();
        }
    }

    /// <summary>Gives all models up.</summary>
    public void Dispose()
    {
        if (_models.IsValueCreated) _models.Value.Dispose();
    }

    private void NoteModels()
    {
        if (_models.IsValueCreated) Models = _models.Value.All;
    }

    private GenerateResult Generate(GenerateCall call, EngineJob job, EngineWorker worker)
    {
        call.Request.Validate();                                                // before a checkpoint is loaded for it
        using var held = _models.Value.Hold();
        var pipeline = Pipeline(call.Model, job, worker);
        job.Control = new() { Models = path => Pipeline(new(path), job, worker) };
        var result = pipeline.Generate(call.Request, new SamplingReports(job, worker), job.Control, job.Stop);
        return new([.. result.Images.Select(Picture)], result.Warnings, pipeline.Notes) { Facts = result.Facts, WasInterrupted = result.WasInterrupted };
    }

    private PreviewResult Preview(PreviewCall call, EngineJob job, EngineWorker worker)
    {
        call.Request.Validate();
        using var held = _models.Value.Hold();
        var pipeline = Pipeline(call.Model, job, worker);
        job.Control = new() { Models = path => Pipeline(new(path), job, worker) };
        var preview = pipeline.Preview(call.Request, new SamplingReports(job, worker), job.Control, job.Stop);
        return new(LoraBridge.Imaging.PictureFile.Encode(preview.Sheet), [.. preview.Images.Select(Picture)], preview.Warnings);
    }

    private LoadResult Load(LoadCall call, EngineJob job, EngineWorker worker)
    {
        Pipeline(call.Model, job, worker);
        var loaded = _models.Value.All[0];
        return new(loaded.Path, loaded.Bytes);
    }

    private UnloadResult Unload()
    {
        _models.Value.Unload();
        return new();
    }

    private TextToImage Pipeline(ModelChoice model, EngineJob job, EngineWorker worker) =>
        _models.Value.Pipeline(new()
        {
            ModelPath = model.Path ?? _start.Model ?? throw new ModelMissingException(),
            Model = new() { Device = _device.Value, ComputeType = TypeOf(_start.Dtype), AutoencoderPath = model.Vae },
            Vocabulary = _start.Vocabulary,
            CacheFolder = _start.CacheFolder,
            LoraFolders = _start.LoraFolders,
            EmbeddingFolder = _start.EmbeddingFolder,
            Live = _live,
        }, new LoadReports(job, worker), job.Stop);

    private static ComputeType TypeOf(string name) => name switch
    {
        "float32" => ComputeType.Float32,
        "float16" => ComputeType.Float16,
        "bfloat16" => ComputeType.BFloat16,
        _ => ComputeType.Auto,
    };

    private static EnginePicture Picture(GeneratedImage image) =>
        new(LoraBridge.Imaging.PictureFile.Encode(image.Picture), image.Infotext, image.Seed)
        {
            Subseed = image.Subseed,
            IsUnfinished = image.IsUnfinished,
            Mask = image.Mask is { } mask ? LoraBridge.Imaging.PictureFile.Encode(mask) : null,
        };
}
