using System.Buffers;
using LoraBridge.Files;
using LoraBridge.Server.Link.WebUi;
using LoraBridge.Server.Sdapi.Files;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Jobs;

/// <summary>Puts an adapter that a job made where prompts find it.</summary>
internal static class JobKeepingApi
{
    /// <summary>What stands beside an adapter: its note and its pictures, under its name.</summary>
    private static readonly string[] s_beside = [".json", ".png", ".preview.png"];

    /// <summary>Signs that mean something in a prompt's tag or a path.</summary>
    private static readonly SearchValues<char> s_forbidden = SearchValues.Create("/\\:<>|?*\"");

    public static void MapJobKeeping(this RouteGroupBuilder group) =>
        group.MapPost("/{id}/keep", KeepAsync).WithName("KeepJobAdapter").WithSummary("Copy one of a job's adapters, with its note and picture, into the folder of adapters that prompts may name");

    private static async Task<Ok<KeptAdapter>> KeepAsync(string id, KeepAdapter keep, JobQueue queue, ModelFolders folders, AdapterCatalog adapters, WebUiRefresh webUi)
    {
        var job = queue.Get(id);
        var made = JobFilesApi.Adapters(job, queue);
        if (!made.Contains(keep.File)) throw JobException.Invalid("file", $"The job has no adapter '{keep.File}'. Those that it has: {string.Join(", ", made.DefaultIfEmpty("none yet"))}.");
        var source = Path.Combine(queue.FolderOf(id), keep.File);
        var name = keep.Name ?? Path.GetFileNameWithoutExtension(source);
        if (name.Trim().Length == 0 || name.StartsWith('.') || name.AsSpan().IndexOfAny(s_forbidden) >= 0)
            throw JobException.Invalid("name", $"name is '{name}', and must be a name without / \\ : < > | ? * and quotes, not beginning with a dot.");
        var target = Path.Combine(folders.Kept, name + ".safetensors");
        if (File.Exists(target) && !keep.Overwrite) throw JobException.Conflict($"There is an adapter '{name}' already. Give another name, or overwrite: true.");

        Directory.CreateDirectory(folders.Kept);
        foreach (var extension in s_beside)
            if (Path.ChangeExtension(source, null) + extension is var beside && File.Exists(beside)) Copy(beside, Path.ChangeExtension(target, null) + extension);
        Copy(source, target);                                                   // last: who sees it sees the others
        await adapters.RefreshAsync().ConfigureAwait(false);                    // who asks for the list next finds it there
        webUi.Want();
        return TypedResults.Ok(new KeptAdapter(name, target));
    }

    private static void Copy(string from, string to)
    {
        using var source = File.OpenRead(from);
        using var target = new AtomicFile(to);
        source.CopyTo(target.Stream);
        target.Commit();
    }
}

/// <summary>Which adapter is kept.</summary>
internal sealed record KeepAdapter
{
    /// <summary>Its name in the list of the job's files.</summary>
    public required string File { get; init; }

    /// <summary>The name that prompts shall use; null for the file's own.</summary>
    public string? Name { get; init; }

    /// <summary>Whether it may take the place of another of the name.</summary>
    public bool Overwrite { get; init; }
}

/// <summary>An adapter that was kept.</summary>
/// <param name="Name">The name that prompts use.</param>
/// <param name="Path">Its file.</param>
internal sealed record KeptAdapter(string Name, string Path);
