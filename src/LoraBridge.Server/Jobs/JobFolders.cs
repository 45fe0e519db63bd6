namespace LoraBridge.Server.Jobs;

/// <summary>
/// Removes jobs with their folders. A folder gets another name before the job goes from the store and is removed after it, so that a process that is killed in
/// between leaves neither a job without its files nor files of which nobody knows.
/// </summary>
internal static class JobFolders
{
    private const string Going = ".gone-";

    /// <summary>Forgets a job that is not in work.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="JobException">It is in work.</exception>
    public static bool Delete(JobStore store, DataFolder data, string id, bool withFiles)
    {
        if (store.Find(id) is not { } job) return false;
        Refuse(job);
        var (folder, going) = (Path.Combine(data.Jobs, id), Path.Combine(data.Jobs, Going + id));
        var isMoved = withFiles && Directory.Exists(folder);
        if (isMoved) Directory.Move(folder, going);
        try
        {
            if (!store.Delete(id, Refuse)) return false;
        }
        catch (JobException)
        {
            if (isMoved) Directory.Move(going, folder);                         // it was resumed in this moment
            throw;
        }
        if (isMoved) Directory.Delete(going, recursive: true);
        return true;
    }

    /// <summary>Ends what a killed process began; nobody else works with the jobs now.</summary>
    public static void Recover(JobStore store, DataFolder data)
    {
        if (!Directory.Exists(data.Jobs)) return;
        foreach (var going in Directory.GetDirectories(data.Jobs, Going + "*"))
        {
            var id = Path.GetFileName(going)[Going.Length..];
            if (store.Find(id) is null) Directory.Delete(going, recursive: true);
            else if (!Directory.Exists(Path.Combine(data.Jobs, id))) Directory.Move(going, Path.Combine(data.Jobs, id));
        }
    }

    private static void Refuse(Job job)
    {
        if (job.IsActive) throw JobException.Conflict($"The job is {JobRows.NameOf(job.State)}. Cancel it first.");
    }
}
