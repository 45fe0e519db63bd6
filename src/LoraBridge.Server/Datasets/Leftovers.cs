using LoraBridge.Files;

namespace LoraBridge.Server.Datasets;

/// <summary>Removes what a killed process left half written. Young files stay: they may be another process's, which writes now.</summary>
internal static class Leftovers
{
    private static readonly TimeSpan s_old = TimeSpan.FromHours(1);

    /// <summary>Removes old neighbours of atomic files in a folder.</summary>
    public static void Sweep(string folder) => Delete(AtomicFile.Leftovers(folder));

    /// <summary>Removes old files from a folder where files lie for moments only.</summary>
    public static void SweepAll(string folder) => Delete(Directory.Exists(folder) ? Directory.EnumerateFiles(folder) : []);

    private static void Delete(IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            try
            {
                if (DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > s_old) File.Delete(file);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // it is only rubbish
            }
        }
    }
}
