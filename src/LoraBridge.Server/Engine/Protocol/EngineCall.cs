using System.Text.Json.Serialization;
using LoraBridge.Generation;
using LoraBridge.Training.Settings;

namespace LoraBridge.Server.Engine.Protocol;

/// <summary>What an engine is asked to do on its torch thread; it answers with lines (<see cref="EngineLine"/>), the last of which is a result or an error.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "call")]
[JsonDerivedType(typeof(GenerateCall), "generate")]
[JsonDerivedType(typeof(PreviewCall), "preview")]
[JsonDerivedType(typeof(TrainCall), "train")]
[JsonDerivedType(typeof(LoadCall), "load")]
[JsonDerivedType(typeof(UnloadCall), "unload")]
[JsonDerivedType(typeof(BakeCall), "bake")]
[JsonDerivedType(typeof(ResizeCall), "resize")]
[JsonDerivedType(typeof(ExtractCall), "extract")]
[JsonDerivedType(typeof(ConvertCall), "convert")]
internal abstract record EngineCall
{
    /// <summary>By what the call is known while it waits or runs, such as a task's id; one of its own unless it is given.</summary>
    public string Id { get; init; } = Guid.NewGuid().ToString("N");
}

/// <summary>A call with the type of its result.</summary>
/// <typeparam name="TResult">What it comes to.</typeparam>
internal abstract record EngineCall<TResult> : EngineCall where TResult : EngineResult;

/// <summary>Which checkpoint draws.</summary>
/// <param name="Path">The file; null for the one that the server was started with.</param>
/// <param name="Vae">An autoencoder's own file, or null for the checkpoint's.</param>
internal sealed record ModelChoice(string? Path = null, string? Vae = null);

/// <summary>Makes pictures.</summary>
/// <param name="Request">Which: a <see cref="TextToImageRequest"/> or an <see cref="ImageToImageRequest"/>.</param>
internal sealed record GenerateCall(PictureRequest Request) : EngineCall<GenerateResult>
{
    /// <summary>With which checkpoint.</summary>
    public ModelChoice Model { get; init; } = new();
}

/// <summary>Draws blends beside one another.</summary>
/// <param name="Request">Which.</param>
internal sealed record PreviewCall(BlendPreviewRequest Request) : EngineCall<PreviewResult>
{
    /// <summary>With which checkpoint.</summary>
    public ModelChoice Model { get; init; } = new();
}

/// <summary>Trains, or goes on with a training.</summary>
/// <param name="Options">The run; complete and checked.</param>
internal sealed record TrainCall(TrainingOptions Options) : EngineCall<TrainResult>
{
    /// <summary>Names by which prompts reach the adapter while it is trained, besides that of its file.</summary>
    public IReadOnlyList<string> LiveNames { get; init; } = [];
}

/// <summary>Loads a checkpoint before it is asked for.</summary>
/// <param name="Model">Which.</param>
internal sealed record LoadCall(ModelChoice Model) : EngineCall<LoadResult>;

/// <summary>Gives up the models that no training uses.</summary>
internal sealed record UnloadCall : EngineCall<UnloadResult>;

/// <summary>How a training is ended before its last step.</summary>
internal enum TrainingStop
{
    /// <summary>After the step in work, with the adapter and everything to go on from saved.</summary>
    Pause,

    /// <summary>After the step in work, as if it had been the last: the adapter is finished, read back and kept.</summary>
    Finish,

    /// <summary>As soon as it can be, and nothing more is written; what was saved before stays.</summary>
    Cancel,
}

/// <summary>Ends a training.</summary>
/// <param name="Id">The call's id.</param>
/// <param name="How">How.</param>
internal sealed record StopTraining(string Id, TrainingStop How);
