using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Pickle;
using LoraBridge.Imaging;
using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Text;

/// <summary>
/// Reads textual-inversion embeddings: torch files with <c>string_to_param</c> or a single tensor, safetensors with a single
/// tensor, and pictures that carry one in their text. Nothing in a file is ever run.
/// </summary>
public static class EmbeddingFile
{
    private const string Parameters = "string_to_param";
    private const string Cure = "Get a textual inversion for Stable Diffusion 1";

    private static readonly string[] s_pictures = [".png", ".webp"];
    private static readonly string[] s_tensors = [".pt", ".bin", ".safetensors"];

    /// <summary>Reads an embedding; its name is the file's without extension, or the one inside a picture.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointFormatException">The file holds no embedding, one of another family, or values that are no numbers.</exception>
    /// <exception cref="PictureFormatException">The picture is damaged.</exception>
    public static TextEmbedding Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var scope = NewDisposeScope();
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no embedding '{path}'.", path);
        if (IsPicture(path)) return EmbeddingPicture.Read(PictureFile.Probe(path).Text, path, Hash(path));

        using var file = CheckpointFile.Open(path);
        var vectors = file is PickleCheckpointFile pickle ? Vectors(pickle) : Only(file);
        // only now: a checkpoint that strayed into the folder takes seconds to hash
        return TextEmbedding.FromTensor(Path.GetFileNameWithoutExtension(path), vectors, path, Hash(path));
    }

    /// <summary>Whether a file's name is one that embeddings have: <c>.pt .bin .safetensors .png .webp</c>, and no preview.</summary>
    internal static bool IsCandidate(string path) =>
        s_tensors.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
        || (IsPicture(path) && !Path.GetFileNameWithoutExtension(path).EndsWith(".preview", StringComparison.OrdinalIgnoreCase));

    internal static bool IsPicture(string path) => s_pictures.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    private static string Hash(string path) => CheckpointHashes.Sha256(path)[..12];

    private static Tensor Vectors(PickleCheckpointFile file)
    {
        if ((file.Root as PickledMapping)?.Find(Parameters) is not { } found) return Only(file);
        // the first trainer kept a module's parameters, the web UI a plain dictionary
        var parameters = found is PickledRecord { State: PickledMapping state } ? state.Find("_parameters") as PickledMapping : found as PickledMapping;
        var tensors = parameters?.Items.Select(item => item.Value).OfType<PickledTensor>().ToList() ?? [];
        return tensors.Count == 1 ? file.Read(tensors[0]) : throw Several(file.Path, tensors.Count);
    }

    private static Tensor Only(CheckpointFile file)
    {
        var names = file.Tensors.Keys.ToList();
        if (names.Contains("clip_l") || names.Contains("clip_g"))
            throw new CheckpointFormatException(file.Path, "this embedding is for SDXL, which has two text encoders (clip_l, clip_g)", Cure);
        return names.Count == 1 ? file.Read(names[0]) : throw Several(file.Path, names.Count);
    }

    private static CheckpointFormatException Several(string path, int count) => new(
        path,
        count == 0 ? "it holds no tensor" : $"it holds {count} tensors, where an embedding has one",
        count == 0 ? Cure : "If it is a LoRA or a checkpoint, move it into the folder for those");
}
