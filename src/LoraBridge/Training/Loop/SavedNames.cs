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

    /// <summary>The settings that the run began with.</summary>
    public string Settings => Path.Combine(folder, $"{name}-settings.json");

    /// <summary>The history of losses.</summary>
    public string History => Path.Combine(folder, $"{name}-history.jsonl");

    /// <summary>The adapter after an epoch, from 1.</summary>
    public string AfterEpoch(int epoch) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}-{epoch:000000}.safetensors"));

    /// <summary>The adapter after a step, from 1.</summary>
    public string AfterStep(long step) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}-step{step:00000000}.safetensors"));

    /// <summary>The adapters that lie there from before, oldest first, each with the number in its name: an epoch or a step.</summary>
    public IEnumerable<(string Path, bool IsEpoch, long Number)> Checkpoints()
    {
        var found =
            from path in Directory.EnumerateFiles(folder, $"{name}-*.safetensors")
            let text = System.IO.Path.GetFileNameWithoutExtension(path)[(name.Length + 1)..]
            let isStep = text.StartsWith("step", StringComparison.Ordinal)
            where long.TryParse(isStep ? text[4..] : text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            let number = long.Parse(isStep ? text[4..] : text, CultureInfo.InvariantCulture)
            orderby File.GetLastWriteTimeUtc(path), number
            select (path, !isStep, number);
        return [.. found];
    }

    /// <summary>The state that belongs to an adapter's file.</summary>
    public static string StateOf(string adapter) => Path.ChangeExtension(adapter, null) + StateExtension;
}
