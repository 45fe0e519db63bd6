using LoraBridge.Files;
using LoraBridge.Training.Data;

namespace LoraBridge.Training.Loop;

/// <summary>The folder of results, tried before hours of training are spent on it.</summary>
internal static class OutputFolder
{
    /// <summary>Removes what a killed run was writing at that moment; nobody else writes into a run's folder.</summary>
    public static void RemoveLeftovers(string folder)
    {
        foreach (var path in AtomicFile.Leftovers(folder)) File.Delete(path);
    }

    /// <summary>Makes the folder and writes a file in it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="longestName">The longest name that a file of the run will have, tried too.</param>
    /// <exception cref="IOException">It cannot be written to.</exception>
    public static void Check(string folder, string longestName)
    {
        try
        {
            Directory.CreateDirectory(folder);
            // some bytes too: a full disk has room for names
            using var trial = new AtomicFile(Path.Combine(folder, "trial"));
            trial.Stream.Write(new byte[4096]);
            trial.Stream.Flush();
        }
        catch (Exception refused) when (IsRefusal(refused))
        {
            throw new IOException($"saving.folder: cannot write in '{folder}': {refused.Message} Choose another folder.", refused);
        }
        try
        {
            // a file of that name is there only if it can be: then nothing need be tried
            var path = Path.Combine(folder, longestName);
            if (!File.Exists(path)) new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception refused) when (IsRefusal(refused))
        {
            throw new IOException($"saving.name: no file can be called '{longestName}': {refused.Message} Choose a shorter or plainer name.", refused);
        }
    }

    /// <summary>Refuses to train on pictures in the folder of results, where a run draws its samples.</summary>
    /// <exception cref="DatasetException">There are such pictures.</exception>
    public static void CheckApart(string folder, IReadOnlyList<TrainingPicture> pictures)
    {
        var inside = Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar;
        if (pictures.FirstOrDefault(picture => Path.GetFullPath(picture.Path).StartsWith(inside, StringComparison.Ordinal)) is { } picture)
        {
            throw new DatasetException(FindingKind.IgnoredFolder, picture.Path, "This training picture lies in the folder of results, where samples are drawn that would be trained on in turn.",
                "Choose a saving.folder (output_dir) apart from the pictures.");
        }
    }

    /// <summary>Whether the disk, or the rights to it, are to blame.</summary>
    public static bool IsRefusal(Exception error) => error is IOException or UnauthorizedAccessException;

    /// <summary>The same error with what was to be written, and what to do.</summary>
    /// <param name="refused">What the system said.</param>
    /// <param name="folder">The folder of results.</param>
    /// <param name="what">What could not be written, as a sentence begins.</param>
    public static string Explain(Exception refused, string folder, string what) =>
        $"{what} could not be written: {refused.Message} Free some space in saving.folder '{folder}', or see to its rights.";
}
