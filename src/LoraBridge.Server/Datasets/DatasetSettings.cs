namespace LoraBridge.Server.Datasets;

/// <summary>Which folders clients may name, and what they may upload.</summary>
internal sealed record DatasetSettings
{
    /// <summary>The folders below which clients may name folders of pictures; none, the default, allows uploads only.</summary>
    public IReadOnlyList<string> AllowedFolders { get; init; } = [];

    /// <summary>The most bytes of one picture; default 64 MiB.</summary>
    public int MaxPictureBytes { get; init; } = 64 << 20;

    /// <summary>The most bytes of one upload, and of what an archive in it unpacks to; default 4 GB.</summary>
    public long MaxUploadBytes { get; init; } = 4_000_000_000;

    /// <summary>The most files of one upload, those in archives counted; default 10 000.</summary>
    public int MaxUploadFiles { get; init; } = 10_000;

    /// <summary>The most pictures of a data set; default 50 000.</summary>
    public int MaxPictures { get; init; } = 50_000;

    /// <summary>The most times that a file of an archive may be larger than it is packed; default 200.</summary>
    public int MaxRatio { get; init; } = 200;

    /// <summary>The most pixels of a picture; default 2^26, about 8 000 squared.</summary>
    public long MaxPixels { get; init; } = 1L << 26;
}
