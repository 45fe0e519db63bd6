using LoraBridge.Training.Data;

namespace LoraBridge.Tests.Training.Data;

public sealed class KohyaDatasetMetadataTests : IDisposable
{
    private readonly PictureFolder _folder = new();

    public KohyaDatasetMetadataTests() => _folder
        .Captioned("train/3_cat/a.png", "SKS cat, sofa").Captioned("train/3_cat/b.png", "sks cat,, 猫 , sofa", 80, 48).Picture("train/2_dog/c.png")
        .Picture("reg/1_animal/d.png");

    public void Dispose() => _folder.Dispose();

    private TrainingSet Set => _folder.Read(_folder.Dataset("train"), _folder.Dataset("reg") with { IsRegularisation = true });

    [Fact]
    public void TagFrequency_Folders_CountTagsInLowerCase() => Assert.Equal(
        """{"2_dog": {"dog": 1}, "3_cat": {"sks cat": 2, "sofa": 2, "\u732b": 1}, "1_animal": {"animal": 1}}""", KohyaDatasetMetadata.TagFrequency(Set));

    [Fact]
    public void Directories_Folders_SayRepeatsAndPictures()
    {
        Assert.Equal("""{"2_dog": {"n_repeats": 2, "img_count": 1}, "3_cat": {"n_repeats": 3, "img_count": 2}}""", KohyaDatasetMetadata.DatasetDirectories(Set));
        Assert.Equal("""{"1_animal": {"n_repeats": 1, "img_count": 1}}""", KohyaDatasetMetadata.RegularisationDirectories(Set));
    }

    [Fact]
    public void BucketInfo_Buckets_CountVisits()
    {
        var fit = new BucketTable(PictureFolder.SmallBuckets).Fit(80, 48);
        Assert.Equal(
            $$$"""{"buckets": {"0": {"resolution": [64, 64], "count": 13}, "1": {"resolution": [{{{fit.Bucket.Width}}}, {{{fit.Bucket.Height}}}], "count": 3}}, "mean_img_ar_error": {{{LoraBridge.Training.Settings.PythonFormat.Of(fit.AspectError / 4)}}}}""",
            KohyaDatasetMetadata.BucketInfo(Set));
    }

    [Fact]
    public void BucketInfo_NoBuckets_IsNull() =>
        Assert.Equal("null", KohyaDatasetMetadata.BucketInfo(TrainingSet.Read(_folder.Options(_folder.Dataset("train")) with { Buckets = new() { Enabled = false } })));
}
