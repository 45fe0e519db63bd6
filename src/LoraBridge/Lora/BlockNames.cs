using LoraBridge.Checkpoints.Naming;
using LoraBridge.Diffusion.Text;

namespace LoraBridge.Lora;

/// <summary>Which block of the UNet a layer stands in, as weights by block count them.</summary>
internal static class BlockNames
{
    /// <summary>The factor of a UNet layer.</summary>
    public static double Weight(BlockWeights weights, ModuleName layer)
    {
        var path = layer.Path.Split('.');
        return path[0] switch
        {
            "input_blocks" => weights.In(int.Parse(path[1])),
            "middle_block" => weights.Mid,
            "output_blocks" => weights.Out(int.Parse(path[1])),
            _ => weights.Base,                                                  // time embedding and output stand in no block
        };
    }
}
