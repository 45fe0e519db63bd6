namespace LoraBridge.Lora.Catalog;

/// <summary>How much an entry's hash is worth.</summary>
public enum HashState
{
    /// <summary>The file claims none and none was computed yet.</summary>
    Missing,

    /// <summary>The file's metadata claims it, and it is believed, as the web UI does.</summary>
    Claimed,

    /// <summary>Computed from the file, whose metadata claims none.</summary>
    Computed,

    /// <summary>Claimed, and computed with the same result.</summary>
    Verified,

    /// <summary>Claimed, and computed with another result: the file was changed after it was hashed, or its metadata was copied.</summary>
    Mismatched,
}
