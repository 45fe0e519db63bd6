using LoraBridge.Files;

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
    /// <exception cref="IOException">It cannot be written to.</exception>
    public static void Check(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            File.Create(Path.Combine(folder, $".lorabridge-{Guid.NewGuid():N}"), 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
        {
            throw new IOException($"saving.folder: cannot write in '{folder}': {refused.Message} Choose another folder.", refused);
        }
    }
}
