using LoraBridge.Training.Data;

namespace LoraBridge.Training.Settings;

/// <summary>Everything a training run can be told: one record from the request to the checkpoint's metadata and the resume file.</summary>
public sealed record TrainingOptions
{
    /// <summary>The model that the LoRA is trained for.</summary>
    public BaseModelOptions Model { get; init; } = new();

    /// <summary>What the adapter is made of and where it sits.</summary>
    public NetworkOptions Network { get; init; } = new();

    /// <summary>The sources of training pictures, regularisation pictures among them.</summary>
    public IReadOnlyList<DatasetOptions> Data { get; init; } = [];

    /// <summary>How captions are processed where a data set says nothing else.</summary>
    public CaptionOptions Captions { get; init; } = new();

    /// <summary>At which sizes pictures are trained.</summary>
    public BucketOptions Buckets { get; init; } = new();

    /// <summary>How pictures are varied where a data set says nothing else.</summary>
    public AugmentationOptions Augmentation { get; init; } = new();

    /// <summary>What is computed once and kept.</summary>
    public CacheOptions Cache { get; init; } = new();

    /// <summary>How the prediction's error is measured and weighted.</summary>
    public LossOptions Loss { get; init; } = new();

    /// <summary>The shape of the noise that is added.</summary>
    public NoiseOptions Noise { get; init; } = new();

    /// <summary>Which timesteps are trained, and how often.</summary>
    public TimestepOptions Timesteps { get; init; } = new();

    /// <summary>How weights are moved.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>How the learning rate changes over the run.</summary>
    public ScheduleOptions Schedule { get; init; } = new();

    /// <summary>The running mean of the adapter's weights.</summary>
    public EmaOptions Ema { get; init; } = new();

    /// <summary>Number types, memory and the device.</summary>
    public PrecisionOptions Precision { get; init; } = new();

    /// <summary>How long is trained, in what portions, and from where.</summary>
    public LoopOptions Loop { get; init; } = new();

    /// <summary>What is written, where and how often.</summary>
    public SavingOptions Saving { get; init; } = new();

    /// <summary>The loss on pictures that are not trained.</summary>
    public ValidationOptions Validation { get; init; } = new();

    /// <summary>When to stop before the end, and what to go back to.</summary>
    public EarlyStopOptions EarlyStop { get; init; } = new();

    /// <summary>Pictures drawn during the run.</summary>
    public SampleOptions Samples { get; init; } = new();

    /// <summary>What is logged, where and how often.</summary>
    public LoggingOptions Logging { get; init; } = new();

    /// <summary>What the file says about itself.</summary>
    public MetadataOptions Metadata { get; init; } = new();

    /// <summary>What a language model needs besides; images ignore it.</summary>
    public TextGenerationOptions Text { get; init; } = new();

    /// <summary>The part that reading the data needs.</summary>
    public DataOptions ToDataOptions() => new() { Datasets = Data, Captions = Captions, Buckets = Buckets, Augmentation = Augmentation };
}
