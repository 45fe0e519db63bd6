using System.Globalization;

namespace LoraBridge.Benchmarks;

/// <summary>A benchmark's command line: plain words, and options with a value each.</summary>
internal sealed class Arguments(IReadOnlyList<string> words)
{
    /// <summary>The words as they were given.</summary>
    public IReadOnlyList<string> Words { get; } = words;

    /// <summary>The first plain word.</summary>
    public string First => Words.Count > 0 && !Words[0].StartsWith('-') ? Words[0] : throw new ArgumentException("a file's path is missing: see the help");

    /// <summary>An option's value, or what it is when not given.</summary>
    public string Text(string name, string otherwise)
    {
        for (var i = 0; i + 1 < Words.Count; i++)
            if (Words[i] == $"--{name}") return Words[i + 1];
        return otherwise;
    }

    /// <summary>An option's number, or what it is when not given.</summary>
    public int Number(string name, int otherwise) => int.Parse(Text(name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
}
