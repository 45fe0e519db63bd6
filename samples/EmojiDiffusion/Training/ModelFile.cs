using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using static TorchSharp.torch;

namespace EmojiDiffusion.Training;

/// <summary>Puts the three networks into one file, as Stable Diffusion 1.x checkpoints are laid out, in half precision.</summary>
internal static class ModelFile
{
    private const string UNetPrefix = "model.diffusion_model.", TextPrefix = "cond_stage_model.transformer.";
    private const string TokenTable = "text_model.embeddings.token_embedding.weight";

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="path">Where.</param>
    /// <param name="unet">The UNet.</param>
    /// <param name="text">The text encoder over the used tokens; rows of all other tokens become zero.</param>
    /// <param name="tokens">Which tokens those are.</param>
    /// <param name="autoencoderPath">The autoencoder's file.</param>
    public static void Write(string path, UNet2DConditionModel unet, ClipTextModel text, UsedTokens tokens, string autoencoderPath)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var autoencoder = CheckpointFile.Open(autoencoderPath);
        var tensors = new Dictionary<string, Tensor>();
        foreach (var (name, parameter) in unet.named_parameters()) tensors.Add(UNetPrefix + name, Half(parameter));
        foreach (var (name, parameter) in text.named_parameters()) tensors.Add(TextPrefix + name, name == TokenTable ? Half(WholeTable(parameter, tokens)) : Half(parameter));
        foreach (var name in autoencoder.Tensors.Keys.Where(name => name.StartsWith(AutoencoderFile.Prefix, StringComparison.Ordinal))) tensors.Add(name, Half(autoencoder.Read(name)));
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>(ModelSizes.Hints)
        {
            [AutoencoderFile.GroupsName] = autoencoder.Metadata.GetValueOrDefault(AutoencoderFile.GroupsName, "32"),
            ["modelspec.architecture"] = "stable-diffusion-v1",
            ["modelspec.title"] = "LoraBridge emoji",
            ["modelspec.description"] = "Draws emoji of 128 x 128 pixels from their names, over white or a named background. Trained on glyphs of Noto Color Emoji (SIL Open Font License 1.1) and, for its autoencoder, Twemoji (graphics CC-BY 4.0).",
            ["modelspec.resolution"] = "128x128",
            ["modelspec.prediction_type"] = "epsilon",
        });
    }

    private static Tensor WholeTable(Tensor table, UsedTokens tokens)
    {
        var whole = zeros([ClipVocabulary.Size, table.shape[1]], dtype: float32);
        whole.index_copy_(0, tensor(tokens.Ids.Select(id => (long)id).ToArray()), table.detach().to(float32, CPU));
        return whole;
    }

    private static Tensor Half(Tensor tensor) => tensor.detach().to(float16, CPU);
}
