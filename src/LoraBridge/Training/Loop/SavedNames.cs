using System.Globalization;

namespace LoraBridge.Training.Loop;

/// <summary>The names of a run's files, as kohya's trainer gives them: name-000001 after an epoch, name-step00000100 after a step, name at the end.</summary>
/// <param name="folder">The folder of results.</param>
/// <param name="name">The run's name.</param>
internal sealed class SavedNames(string folder, string name)
{
    public const string StateExtension = ".state.safetensors";

    /// <summary>The adapter of the end.</summary>
    public string Final => Path.Combine(folder, $"{name}.safetensors");

    /// <summary>What the run goes on from after it was stopped or killed, in whatever way.</summary>
    public string Resume => Path.Combine(folder, $"{name}-resume{StateExtension}");

    /// <summary>The longest name that a file of the run can have.</summary>
    public string Longest => Path.GetFileName(StateOf(AfterStep(100_000_000)));

    /// <summary>The settings that the run began with.</summary>
    public string Settings => Path.Combine(folder, $"{name}-settings.json");

    /// <summary>The history of losses.</summary>
    public string History => Path.Combine(folder, $"{name}-history.jsonl");

    /// <summary>The losses as a picture.</summary>
    public string Chart => Path.Combine(folder, $"{name}-loss.png");

    /// <summary>What happened, in lines for people.</summary>
    public string Log => Path.Combine(folder, "train.log");

    /// <summary>The folder of TensorBoard's files.</summary>
    public string TensorBoard => Path.Combine(folder, "log");

    /// <summary>The adapter after an epoch, from 1.</summary>
    public string AfterEpoch(int epoch) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}-{epoch:000000}.safetensors"));

    /// <summary>The adapter after a step, from 1.</summary>
    public string AfterStep(long step) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}-step{step:00000000}.safetensors"));

    /// <summary>The adapters that lie there from before, oldest first, each with the number in its name: an epoch or a step. In whatever layouts, each stands once, by kohya's name.</summary>
    public IEnumerable<(string Path, bool IsEpoch, long Number)> Checkpoints() => Numbered([.. OtherLayouts, ".safetensors"]);

    /// <summary>The states beside adapters that lie there from before, oldest first, by the adapters' names; the adapters may be gone.</summary>
    public IEnumerable<(string Path, bool IsEpoch, long Number)> States() => Numbered([StateExtension]);

    private (string Path, bool IsEpoch, long Number)[] Numbered(string[] endings)
    {
        var found =
            from entry in Directory.EnumerateFileSystemEntries(folder, $"{name}-*")
            let ending = endings.FirstOrDefault(ending => entry.EndsWith(ending, StringComparison.Ordinal))
            where ending is not null
            let path = entry[..^ending.Length] + ".safetensors"
            let text = System.IO.Path.GetFileNameWithoutExtension(path)[(name.Length + 1)..]
            let isStep = text.StartsWith("step", StringComparison.Ordinal)
            where long.TryParse(isStep ? text[4..] : text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            let number = long.Parse(isStep ? text[4..] : text, CultureInfo.InvariantCulture)
            orderby File.GetLastWriteTimeUtc(entry), number
            select (path, !isStep, number);
        return [.. found.Distinct()];
    }

    /// <summary>What stands behind an adapter's name in layouts other than kohya's: a file, and PEFT's folder.</summary>
    public static IReadOnlyList<string> OtherLayouts { get; } = ["-diffusers.safetensors", "-peft"];

    /// <summary>The state that belongs to an adapter's file.</summary>
    public static string StateOf(string adapter) => Path.ChangeExtension(adapter, null) + StateExtension;
}
