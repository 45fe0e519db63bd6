using System.Globalization;
using System.Text.Json;
using LoraBridge.Files;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Datasets;

/// <summary>A picture as a version remembers it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Hash">SHA-256 of its file.</param>
/// <param name="Caption">The text beside it; null for none.</param>
internal sealed record VersionedPicture(string Name, string Hash, string? Caption);

/// <summary>What a data set was at a time.</summary>
internal sealed record DatasetVersion(int Number, DateTimeOffset At, string Note, IReadOnlyList<VersionedPicture> Pictures);

/// <summary>What bringing a version back came to.</summary>
/// <param name="Number">The version.</param>
/// <param name="Before">The version that was made of what was there before.</param>
/// <param name="Captions">How many captions changed.</param>
/// <param name="Returned">Pictures that were brought back.</param>
/// <param name="Removed">Pictures that were taken out.</param>
/// <param name="Lost">Pictures whose files are nowhere any more.</param>
internal sealed record RestoreReport(int Number, int Before, int Captions, IReadOnlyList<string> Returned, IReadOnlyList<string> Removed, IReadOnlyList<string> Lost);

/// <summary>
/// Remembers which pictures with which captions a data set had. A version is a list of contents' hashes, so it costs no copies:
/// files that are taken out are kept, by their hash, for as long as the data set is.
/// </summary>
internal sealed class DatasetVersions(ContentHashes hashes, Captions captions, TimeProvider time)
{
    /// <summary>All versions, the newest first.</summary>
    public static IReadOnlyList<DatasetVersion> List(Dataset dataset) => [.. Numbers(dataset).OrderDescending().Select(number => Read(dataset, number))];

    /// <summary>One version.</summary>
    /// <exception cref="RequestException">There is none of this number.</exception>
    public static DatasetVersion Find(Dataset dataset, int number) => Numbers(dataset).Contains(number) ? Read(dataset, number)
        : throw RequestException.Missing("number", $"Data set '{dataset.Id}' has no version {number}.", "Take a number from the list of its versions.");

    /// <summary>Remembers what is there now.</summary>
    public DatasetVersion Take(Dataset dataset, string note)
    {
        lock (dataset.Gate)
        {
            var pictures = dataset.Pictures().Select(picture => new VersionedPicture(picture.Name, hashes.Of(picture.Path), CaptionFile.ReadOwn(picture.Path))).ToList();
            dataset.EnsureThere();
            var version = new DatasetVersion(Numbers(dataset).DefaultIfEmpty(0).Max() + 1, time.GetUtcNow(), note, pictures);
            Directory.CreateDirectory(Folder(dataset));
            AtomicFile.Write(PathOf(dataset, version.Number), JsonSerializer.SerializeToUtf8Bytes(version, DatasetJson.Options));
            return version;
        }
    }

    /// <summary>Makes pictures and captions what they were in a version; what is there now becomes a version first. Where it was interrupted it can be done again.</summary>
    public RestoreReport Restore(Dataset dataset, int number)
    {
        lock (dataset.Gate)
        {
            var version = Find(dataset, number);
            var before = Take(dataset, $"Before going back to version {number}");
            var removed = TakeOut(dataset, version);
            var (returned, lost) = BringBack(dataset, version);
            var report = captions.Restore(dataset, $"Go back to version {number}", version.Pictures.ToDictionary(picture => picture.Name, picture => picture.Caption, StringComparer.Ordinal));
            return new(number, before.Number, report.Changed, returned, removed, lost);
        }
    }

    /// <summary>Takes a picture with its caption out of the data set; its file is kept for versions.</summary>
    /// <exception cref="RequestException">There is no such picture.</exception>
    public void Remove(Dataset dataset, string name)
    {
        lock (dataset.Gate)
        {
            var path = dataset.Find(name);
            Keep(dataset, path);
            File.Delete(path);
            // another picture of this stem has the same caption
            if (!dataset.Pictures().Any(picture => CaptionFile.Own(picture.Path) == CaptionFile.Own(path)) && CaptionFile.Beside(path) is { } caption) File.Delete(caption);
        }
    }

    /// <summary>Keeps a copy of a picture that is about to go or to be changed.</summary>
    public void Keep(Dataset dataset, string path)
    {
        dataset.EnsureThere();
        Directory.CreateDirectory(dataset.Removed);
        var kept = Path.Combine(dataset.Removed, hashes.Of(path));
        if (!File.Exists(kept)) Copy(path, kept);
    }

    private List<string> TakeOut(Dataset dataset, DatasetVersion version)
    {
        var wanted = version.Pictures.Select(picture => (picture.Name, picture.Hash)).ToHashSet();
        // where the file of then is nowhere, the one of now is better than none
        var lost = version.Pictures.Where(picture => !File.Exists(Path.Combine(dataset.Removed, picture.Hash))).Select(picture => picture.Name).ToHashSet(StringComparer.Ordinal);
        var gone = dataset.Pictures().Where(picture => !wanted.Contains((picture.Name, hashes.Of(picture.Path))) && !lost.Contains(picture.Name)).Select(picture => picture.Name).ToList();
        foreach (var name in gone)
        {
            var path = dataset.Find(name);
            Keep(dataset, path);
            File.Delete(path);
            if (!version.Pictures.Any(picture => picture.Name == name)) File.Delete(CaptionFile.Own(path));
        }
        return gone;
    }

    private (List<string> Returned, List<string> Lost) BringBack(Dataset dataset, DatasetVersion version)
    {
        var (returned, lost) = (new List<string>(), new List<string>());
        var present = dataset.Pictures().Select(picture => (picture.Name, hashes.Of(picture.Path))).ToHashSet();
        foreach (var picture in version.Pictures.Where(picture => !present.Contains((picture.Name, picture.Hash))))
        {
            var kept = Path.Combine(dataset.Removed, picture.Hash);
            var target = Path.Combine(dataset.Folder, picture.Name);
            if (!File.Exists(kept) || !Directory.Exists(Path.GetDirectoryName(target)))
            {
                lost.Add(picture.Name);
                continue;
            }
            Copy(kept, target);
            returned.Add(picture.Name);
        }
        return (returned, lost);
    }

    private static void Copy(string from, string to)
    {
        using var source = File.OpenRead(from);
        using var file = new AtomicFile(to);
        source.CopyTo(file.Stream);
        file.Commit();
    }

    private static string Folder(Dataset dataset) => Path.Combine(dataset.Home, "versions");

    private static string PathOf(Dataset dataset, int number) => Path.Combine(Folder(dataset), $"{number:D6}.json");

    private static DatasetVersion Read(Dataset dataset, int number) => JsonSerializer.Deserialize<DatasetVersion>(File.ReadAllBytes(PathOf(dataset, number)), DatasetJson.Options)!;

    private static List<int> Numbers(Dataset dataset) => Directory.Exists(Folder(dataset))
        ? [.. Directory.EnumerateFiles(Folder(dataset), "*.json").Select(path => int.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0).Where(number => number > 0)]
        : [];
}
