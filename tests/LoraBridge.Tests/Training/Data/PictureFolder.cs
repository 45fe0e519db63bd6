using LoraBridge.Imaging;
using LoraBridge.Training.Data;

namespace LoraBridge.Tests.Training.Data;

/// <summary>A folder of small pictures and captions that a test makes; gone when the test ends.</summary>
internal sealed class PictureFolder : IDisposable
{
    /// <summary>Buckets around 64x64 in steps of 8.</summary>
    public static BucketOptions SmallBuckets { get; } = new() { Width = 64, Height = 64, MinimumSide = 32, MaximumSide = 128, Step = 8 };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lorabridge-data-");

    public string Root => _folder.FullName;

    public string At(string name) => Path.Combine(Root, name);

    public PictureFolder Text(string name, string text) => Bytes(name, System.Text.Encoding.UTF8.GetBytes(text));

    public PictureFolder Bytes(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllBytes(At(name), bytes);
        return this;
    }

    public PictureFolder Picture(string name, int width = 64, int height = 64, int seed = 0) => Picture(name, Drawn(width, height, seed));

    public PictureFolder Picture(string name, Picture picture) => Bytes(name, PictureFile.Encode(picture));

    public PictureFolder Captioned(string name, string caption, int width = 64, int height = 64, int seed = 0) =>
        Picture(name, width, height, seed).Text(Path.ChangeExtension(name, ".txt"), caption);

    public DatasetOptions Dataset(string name = "") => new() { Folder = At(name) };

    public DataOptions Options(params DatasetOptions[] datasets) => new() { Datasets = datasets.Length > 0 ? datasets : [Dataset()], Buckets = SmallBuckets };

    public DatasetScan Scan(params DatasetOptions[] datasets) => DatasetReader.Scan(Options(datasets));

    public TrainingSet Read(params DatasetOptions[] datasets) => TrainingSet.Read(Options(datasets));

    /// <summary>Blocks of chance colours, 8 by 8 of them: sharp, and different for every seed.</summary>
    public static Picture Drawn(int width, int height, int seed)
    {
        var random = RandomSequence.For(seed);
        var colors = Enumerable.Range(0, 64).Select(_ => ((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256))).ToArray();
        var picture = new Picture(width, height, 3);
        for (var y = 0; y < height; y++)
        {
            var row = picture.Row(y);
            for (var x = 0; x < width; x++)
                (row[3 * x], row[3 * x + 1], row[3 * x + 2]) = colors[y * 8 / height * 8 + x * 8 / width];
        }
        return picture;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
