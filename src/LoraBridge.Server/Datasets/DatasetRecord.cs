namespace LoraBridge.Server.Datasets;

/// <summary>What is written down of a data set.</summary>
internal sealed record DatasetRecord
{
    /// <summary>What its owner calls it.</summary>
    public required string Name { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The folder of its pictures where that lies elsewhere; null for its own.</summary>
    public string? Folder { get; init; }
}

/// <summary>A data set as lists show it.</summary>
/// <param name="Id">What addresses call it.</param>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Folder">Where its pictures lie, for a training's settings.</param>
/// <param name="IsRegistered">Whether that folder is not LoraBridge's own, and stays when the data set is deleted.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Pictures">How many pictures it has.</param>
/// <param name="Captioned">How many of them have a caption beside them.</param>
internal sealed record DatasetReport(string Id, string Name, string Folder, bool IsRegistered, DateTimeOffset CreatedAt, int Pictures, int Captioned);
