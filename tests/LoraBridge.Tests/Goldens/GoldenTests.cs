namespace LoraBridge.Tests.Goldens;

/// <summary>Runs every known check over every golden file, and names the files that nobody checks.</summary>
[Trait("Category", "Goldens")]
public sealed class GoldenTests
{
    public static TheoryData<string, string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, string>();
            foreach (var path in GoldenFolders.Files)
                foreach (var check in GoldenFolders.Checks.Where(check => check.FileName == Path.GetFileName(path)))
                    foreach (var name in check.Cases(path))
                        cases.Add(path, name, check.Run.Method.DeclaringType!.FullName + "." + check.Run.Method.Name);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void GoldenFile_IsReproduced(string path, string name, string checkedBy)
    {
        var check = GoldenFolders.Checks.Single(check =>
            check.FileName == Path.GetFileName(path) && check.Run.Method.DeclaringType!.FullName + "." + check.Run.Method.Name == checkedBy);
        check.Run(path, name);
    }

    [Fact]
    public void EveryGoldenFile_IsChecked()
    {
        var known = GoldenFolders.Checks.Select(check => check.FileName).Concat(GoldenFolders.Companions).ToHashSet();
        var unknown = GoldenFolders.Files.Where(path => !known.Contains(Path.GetFileName(path))).ToArray();

        if (Environment.GetEnvironmentVariable("LORABRIDGE_GOLDENS_REPORT") is { Length: > 0 } report)
            File.WriteAllLines(report, unknown.Select(path => $"not checked, no test knows this file: {path}"));
        if (GoldenFolders.AreGiven)
            Assert.Contains(GoldenFolders.Files, path => known.Contains(Path.GetFileName(path)));
        else
            Assert.Empty(unknown);
    }

    [Fact]
    public void EveryCheckedFile_HasACase()
    {
        var empty = GoldenFolders.Files
            .SelectMany(path => GoldenFolders.Checks.Where(check => check.FileName == Path.GetFileName(path) && !check.Cases(path).Any()).Select(_ => path));
        Assert.Empty(empty);
    }
}
