namespace LoraBridge.Server.Documents;

/// <summary>Something that was saved under an id.</summary>
/// <typeparam name="T">What it is.</typeparam>
/// <param name="Id">Its name in addresses, and that of its file.</param>
/// <param name="Version">1 when it is new, one more after every change.</param>
/// <param name="CreatedAt">When it was saved first.</param>
/// <param name="UpdatedAt">When it was saved last.</param>
/// <param name="Value">What was saved.</param>
internal sealed record Document<T>(string Id, long Version, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, T Value);

/// <summary>Documents that were found in a folder.</summary>
/// <typeparam name="T">What they are.</typeparam>
/// <param name="All">The last changed first.</param>
/// <param name="Problems">Files that cannot be read, a sentence each.</param>
internal sealed record DocumentList<T>(IReadOnlyList<Document<T>> All, IReadOnlyList<string> Problems);
