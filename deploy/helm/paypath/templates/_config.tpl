{{- /* paypath.yaml: the values' `config`, with the identity that the chart mounts. */ -}}
{{- define "paypath.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- if not $config.paths -}}
{{- fail "config.paths: name at least one payment path; values.yaml has an example, docs/configuration.md every key" -}}
{{- end -}}
{{- include "paypath.secretFree" (dict "value" $config "at" "config") -}}
{{- $files := "/run/secrets/paypath/identity" -}}
{{- $identity := dict "certificate" (printf "%s/tls.crt" $files) "private_key" (printf "%s/tls.key" $files) -}}
{{- if .Values.certificate.enabled -}}
{{- $_ := set $identity "managed_by" "cert-manager" -}}
{{- $_ := set $identity "renew_before" .Values.certificate.renewBefore -}}
{{- end -}}
{{- if include "paypath.proof" . -}}
{{- $certificate := printf "%s-client" (include "paypath.fullname" .) -}}
{{- $proof := dict "kind" "kubernetes" "namespace" .Release.Namespace "certificate" $certificate -}}
{{- $_ := set $identity "managed_proof" $proof -}}
{{- end -}}
{{- toYaml (mergeOverwrite (dict "identities" (dict "paypath" $identity)) $config) -}}
{{- end -}}

{{- /* Fails where a secret stands in what becomes a ConfigMap. The names are those of the keys that have a second form with `_file`;
     of `pages`, a URL is one too, but for Alertmanager's. */ -}}
{{- define "paypath.secretFree" -}}
{{- $at := .at -}}
{{- if kindIs "map" .value -}}
{{- $map := .value -}}
{{- range $key, $value := .value -}}
{{- $secret := has $key (list "admin_token" "api_key" "credentials" "password" "private_key_password" "routing_key" "secret" "token" "webhook_secret") -}}
{{- if and (eq $key "url") (hasPrefix "config.pages." $at) -}}
{{- $secret = ne "alertmanager" (default "" (index $map "kind")) -}}
{{- end -}}
{{- if and $secret (kindIs "string" $value) -}}
{{- fail (printf "%s.%s: a secret has no place in a ConfigMap; mount it (`secrets`) and name its file in `%s_file`" $at $key $key) -}}
{{- end -}}
{{- include "paypath.secretFree" (dict "value" $value "at" (printf "%s.%s" $at $key)) -}}
{{- end -}}
{{- else if kindIs "slice" .value -}}
{{- range $index, $value := .value -}}
{{- include "paypath.secretFree" (dict "value" $value "at" (printf "%s[%d]" $at $index)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
