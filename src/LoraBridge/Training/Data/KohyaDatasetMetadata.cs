using System.Text.Json.Nodes;
using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Data;

/// <summary>What kohya's metadata says about a data set, as the JSON texts that are stored in a LoRA's header.</summary>
public static class KohyaDatasetMetadata
{
    /// <summary>Tags and how often they occur, by folder name (<c>ss_tag_frequency</c>): parts of captions between commas, lower case, repeats not counted.</summary>
    public static string TagFrequency(TrainingSet set)
    {
        var folders = new JsonObject();
        foreach (var group in PicturesOf(set).GroupBy(picture => picture.Folder.Name))
        {
            var counts = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var tag in group.SelectMany(picture => picture.Caption.Split(['\n', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
            {
                var name = tag.ToLowerInvariant();
                counts[name] = counts.GetValueOrDefault(name) + 1;
            }
            folders[group.Key] = new JsonObject(counts.Select(count => KeyValuePair.Create<string, JsonNode?>(count.Key, count.Value)));
        }
        return PythonFormat.Json(folders);
    }

    /// <summary>Repeats and pictures of each training folder (<c>ss_dataset_dirs</c>).</summary>
    public static string DatasetDirectories(TrainingSet set) => Directories(set, isRegularisation: false);

    /// <summary>Repeats and pictures of each regularisation folder (<c>ss_reg_dataset_dirs</c>).</summary>
    public static string RegularisationDirectories(TrainingSet set) => Directories(set, isRegularisation: true);

    /// <summary>Buckets in use with their visits an epoch, and the mean aspect error (<c>ss_bucket_info</c>); <c>null</c> without buckets.</summary>
    public static string BucketInfo(TrainingSet set)
    {
        var pictures = PicturesOf(set).Where(picture => picture.Visits > 0).ToList();
        if (!set.Options.Buckets.Enabled) return "null";
        var buckets = new JsonObject();
        foreach (var bucket in pictures.GroupBy(picture => picture.Fit.Bucket).OrderBy(bucket => bucket.Key.Width).ThenBy(bucket => bucket.Key.Height))
        {
            buckets[$"{buckets.Count}"] = new JsonObject
            {
                ["resolution"] = new JsonArray(bucket.Key.Width, bucket.Key.Height),
                ["count"] = bucket.Sum(picture => picture.Visits),
            };
        }
        var info = new JsonObject { ["buckets"] = buckets, ["mean_img_ar_error"] = pictures.Average(picture => picture.Fit.AspectError) };
        return PythonFormat.Json(info);
    }

    private static string Directories(TrainingSet set, bool isRegularisation)
    {
        var folders = new JsonObject();
        foreach (var group in PicturesOf(set).Where(picture => picture.IsRegularisation == isRegularisation).GroupBy(picture => picture.Folder.Name))
            folders[group.Key] = new JsonObject { ["n_repeats"] = group.First().Folder.Repeats, ["img_count"] = group.Count() };
        return PythonFormat.Json(folders);
    }

    private static IReadOnlyList<TrainingPicture> PicturesOf(TrainingSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        return set.Pictures;
    }
}
