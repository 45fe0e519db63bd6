namespace LoraBridge.Lora.Catalog;

/// <summary>What a walk of a catalogue's folders found.</summary>
/// <param name="Files">The adapters in the web UI's order, by which later names win: folder by folder, each in natural order.</param>
/// <param name="LinkedFolders">The real paths of folders that links lead to: watching the top does not reach them.</param>
/// <param name="Problems">A sentence for each folder that could not be read.</param>
internal sealed record FolderWalk(IReadOnlyList<FoundFile> Files, IReadOnlyList<string> LinkedFolders, IReadOnlyList<string> Problems)
{
    /// <summary>Walks all folders with their subfolders, following links; each real folder is walked once, so links cannot lead in circles.</summary>
    /// <param name="folders">Absolute paths.</param>
    /// <param name="list">Lists one folder; <see cref="FolderListing.Of"/> outside of tests.</param>
    public static FolderWalk Of(IEnumerable<string> folders, Func<string, IReadOnlyList<FolderItem>>? list = null)
    {
        var walker = new Walker(list ?? FolderListing.Of);
        var files = folders.SelectMany(walker.Below).ToList();                  // the list makes it happen before the rest is read
        return new(files, walker.LinkedFolders, walker.Problems);
    }

    private sealed class Walker(Func<string, IReadOnlyList<FolderItem>> list)
    {
        private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

        public List<string> LinkedFolders { get; } = [];

        public List<string> Problems { get; } = [];

        public IEnumerable<FoundFile> Below(string root)
        {
            if (!Directory.Exists(root))
            {
                Problems.Add($"The adapter folder {root} does not exist: it is looked for again from time to time.");
                return [];
            }
            var found = new List<(string Relative, IEnumerable<FoundFile> Files)>();
            var links = new Queue<(string Path, string Relative)>();
            Visit(root, "", links, found, isLink: true);
            // only when all plain folders are done: one that can be reached by its own name is not listed by a link's
            while (links.TryDequeue(out var link)) Visit(link.Path, link.Relative, links, found, isLink: true);
            return found.OrderBy(folder => folder.Relative, NaturalOrder.Instance).SelectMany(folder => folder.Files);

            void Visit(string path, string relative, Queue<(string, string)> later, List<(string, IEnumerable<FoundFile>)> into, bool isLink, string? known = null)
            {
                IReadOnlyList<FolderItem> items;
                string real;
                try
                {
                    real = known ?? RealPath.Of(path);
                    if (!_seen.Add(real)) return;
                    items = list(path);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    Problems.Add($"The folder {path} cannot be read: {e.Message}");
                    return;
                }
                if (isLink && relative.Length > 0) LinkedFolders.Add(real);
                into.Add((relative, FilesOf(root, path, relative, items)));
                foreach (var item in items.Where(item => item.IsFolder))
                {
                    var (below, name) = (Path.Combine(path, item.Name), relative + item.Name + "/");
                    if (item.IsLink) later.Enqueue((below, name));
                    else Visit(below, name, later, into, isLink: false, Path.Combine(real, item.Name));
                }
            }
        }

        private static List<FoundFile> FilesOf(string root, string path, string relative, IReadOnlyList<FolderItem> items)
        {
            var files = items.Where(item => !item.IsFolder).ToDictionary(item => item.Name, item => item.Stamp, StringComparer.Ordinal);
            return
            [
                .. from name in files.Keys.Where(name => FolderListing.IsAdapter(name)).Order(NaturalOrder.Instance)
                   let stem = Path.GetFileNameWithoutExtension(name)
                   let preview = SideFiles.Pictures(stem).FirstOrDefault(files.ContainsKey)
                   select new FoundFile(
                       root, relative + name, Path.Combine(path, name), files[name], SideFiles.Stamps(stem, files),
                       preview is null ? null : Path.Combine(path, preview), preview is null ? FileStamp.None : files[preview]),
            ];
        }
    }
}
