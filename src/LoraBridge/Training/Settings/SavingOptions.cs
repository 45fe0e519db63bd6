using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace LoraBridge.Training.Settings;

/// <summary>Key layouts of a LoRA file.</summary>
public enum FileLayout
{
    /// <summary>What web UIs read.</summary>
    Kohya,

    /// <summary>What diffusers reads.</summary>
    Diffusers,

    /// <summary>An adapter folder of PEFT.</summary>
    Peft,
}

/// <summary>What is written, where and how often.</summary>
public sealed record SavingOptions
{
    /// <summary>The folder of results; created if need be.</summary>
    [Required]
    public string Folder { get; init; } = "./output/lora";

    /// <summary>The LoRA's name in prompts and file names; none takes the folder's last part.</summary>
    [RegularExpression(@"[^\\/:<>|?*""]+", ErrorMessage = "must be a name, not a path, without : < > | ? * and quotes")]
    public string? Name { get; init; }

    /// <summary>Save a checkpoint every so many optimizer steps; none for no such checkpoints.</summary>
    [Range(1, 100_000_000)]
    public int? EverySteps { get; init; } = 100;

    /// <summary>Save a checkpoint every so many epochs; none for no such checkpoints.</summary>
    [Range(1, 1_000_000)]
    public int? EveryEpochs { get; init; }

    /// <summary>Save so many checkpoints over the whole run, at epochs; none for no such checkpoints.</summary>
    [Range(1, 1_000_000)]
    public int? EpochRatio { get; init; }

    /// <summary>Keep only the step checkpoints of so many last steps; none keeps all.</summary>
    [Range(1, 100_000_000)]
    public int? KeepLastSteps { get; init; }

    /// <summary>Keep only the epoch checkpoints of so many last epochs; none keeps all.</summary>
    [Range(1, 1_000_000)]
    public int? KeepLastEpochs { get; init; }

    /// <summary>Keep at most so many checkpoints; none keeps all.</summary>
    [Range(1, 1_000_000)]
    public int? KeepLast { get; init; }

    /// <summary>Save with each checkpoint what exact resuming needs (about three times the LoRA's size in 32 bits).</summary>
    public bool State { get; init; }

    /// <summary>Save what exact resuming needs at the end.</summary>
    public bool StateAtEnd { get; init; }

    /// <summary>Keep only the states of so many last steps; none as the checkpoints.</summary>
    [Range(1, 100_000_000)]
    public int? KeepLastStepStates { get; init; }

    /// <summary>Keep only the states of so many last epochs; none as the checkpoints.</summary>
    [Range(1, 1_000_000)]
    public int? KeepLastEpochStates { get; init; }

    /// <summary>The number type in the file: float, fp16 or bf16.</summary>
    public WeightPrecision Precision { get; init; } = WeightPrecision.Fp16;

    /// <summary>The key layouts to write, one file or folder each.</summary>
    [MinLength(1)]
    public IReadOnlyList<FileLayout> Layouts { get; init; } = [FileLayout.Kohya];

    /// <summary>The name as it is used.</summary>
    [JsonIgnore]
    public string EffectiveName
    {
        get
        {
            if (Name is not null) return Name;
            // both separators: the folder may have been written on another system
            var last = Folder.TrimEnd('/', '\\').Split('/', '\\')[^1];
            return last is "" or "." or ".." ? "lora" : last;
        }
    }
}
