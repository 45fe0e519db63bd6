namespace LoraBridge.Checkpoints.Naming;

/// <summary>One row of a table of names: what a module is called in a single file and in a diffusers folder.</summary>
/// <param name="SingleFile">Dotted path in a single-file checkpoint, without the component's prefix.</param>
/// <param name="Diffusers">Dotted path in diffusers.</param>
public readonly record struct KeyName(string SingleFile, string Diffusers);

/// <summary>
/// Names of one network's modules in both worlds. A row stands for the module and everything below it, unless a longer row says more.
/// </summary>
public sealed class KeyNames
{
    private readonly Dictionary<string, string> _toDiffusers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _toSingleFile = new(StringComparer.Ordinal);

    private readonly int _longest;

    /// <param name="rows">The table; no name may stand twice on its side.</param>
    /// <param name="olderSpellings">Rows that are read from diffusers but never written.</param>
    internal KeyNames(IReadOnlyList<KeyName> rows, IEnumerable<KeyName>? olderSpellings = null)
    {
        Rows = rows;
        foreach (var row in rows)
        {
            _toDiffusers.Add(row.SingleFile, row.Diffusers);
            _toSingleFile.Add(row.Diffusers, row.SingleFile);
        }
        foreach (var row in olderSpellings ?? []) _toSingleFile.Add(row.Diffusers, row.SingleFile);
        _longest = _toDiffusers.Keys.Concat(_toSingleFile.Keys).Max(name => name.Length);
    }

    /// <summary>The whole table.</summary>
    public IReadOnlyList<KeyName> Rows { get; }

    /// <summary>The UNet's names for a model whose keys (or module paths) are given, in either spelling and without a prefix.</summary>
    /// <exception cref="ArgumentException">The keys are not those of a whole UNet: blocks are missing.</exception>
    public static KeyNames ForUNet(IEnumerable<string> keys) => UNetNames.Table(UNetTopology.Of(keys));

    /// <summary>The autoencoder's names for a model whose keys (or module paths) are given, in either spelling and without a prefix.</summary>
    public static KeyNames ForAutoencoder(IEnumerable<string> keys) => AutoencoderNames.Table(keys);

    /// <summary>The diffusers name of a single-file key or module path, or null when the table has no row for it.</summary>
    public string? ToDiffusers(string name) => Translate(name, _toDiffusers);

    /// <summary>The single-file name of a diffusers key or module path, or null when the table has no row for it.</summary>
    public string? ToSingleFile(string name) => Translate(name, _toSingleFile);

    private string? Translate(string name, Dictionary<string, string> table)
    {
        // the longest row that ends at a dot wins
        for (var length = name.Length <= _longest ? name.Length : name.LastIndexOf('.', _longest); length > 0; length = name.LastIndexOf('.', length - 1))
            if (table.TryGetValue(name[..length], out var translated))
                return translated + name[length..];
        return null;
    }
}
