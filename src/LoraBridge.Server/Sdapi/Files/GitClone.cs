namespace LoraBridge.Server.Sdapi.Files;

/// <summary>A folder that is a git clone, as far as its own files tell.</summary>
/// <param name="Name">The folder's name.</param>
/// <param name="Remote">Where it was cloned from; empty where nothing says.</param>
/// <param name="Branch">The branch; empty where it stands on none.</param>
/// <param name="Commit">The commit in 40 hex digits; empty where nothing says.</param>
/// <param name="Date">When it came to that commit, as seconds since 1970 in digits.</param>
internal sealed record GitClone(string Name, string Remote, string Branch, string Commit, string Date)
{
    private const string BranchRef = "ref: refs/heads/";

    /// <summary>The clones right below a folder, by name; none where there is no folder.</summary>
    public static IReadOnlyList<GitClone> Below(string? folder) => folder is null || !Directory.Exists(folder) ? []
        : [.. Directory.EnumerateDirectories(folder).Where(path => Directory.Exists(Path.Combine(path, ".git"))).Order(StringComparer.Ordinal).Select(Read)];

    private static GitClone Read(string folder)
    {
        var git = Path.Combine(folder, ".git");
        var head = Text(Path.Combine(git, "HEAD"));
        var branch = head.StartsWith(BranchRef, StringComparison.Ordinal) ? head[BranchRef.Length..] : "";
        var commit = branch.Length == 0 ? head : Text(Path.Combine([git, "refs", "heads", .. branch.Split('/')])) is { Length: > 0 } loose ? loose : Packed(git, branch);
        return new(Path.GetFileName(folder), RemoteOf(git), branch, commit, DateOf(git));
    }

    private static string Packed(string git, string branch) =>
        Lines(Path.Combine(git, "packed-refs")).FirstOrDefault(line => line.EndsWith(" refs/heads/" + branch, StringComparison.Ordinal))?.Split(' ')[0] ?? "";

    private static string RemoteOf(string git) =>
        Lines(Path.Combine(git, "config")).Select(line => line.Split('=', 2)).FirstOrDefault(pair => pair is [var key, _] && key.Trim() == "url")?[1].Trim() ?? "";

    // the log's lines end their people's address with the time
    private static string DateOf(string git) =>
        Lines(Path.Combine(git, "logs", "HEAD")).LastOrDefault()?.Split('\t')[0].Split(' ') is [.., var seconds, _] && long.TryParse(seconds, out _) ? seconds : "0";

    private static string Text(string path) => File.Exists(path) ? File.ReadAllText(path).Trim() : "";

    private static string[] Lines(string path) => File.Exists(path) ? File.ReadAllLines(path) : [];
}
